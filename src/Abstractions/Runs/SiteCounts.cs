using TorchSharp;

namespace DiTFastAttn.Runs;

/// <summary>
/// Multiply-accumulates that a run's sites have computed, from the shapes of the tensors that came by: not from the formulas that plans are priced with.
/// </summary>
internal sealed class SiteCounts(int sites)
{
    private readonly AttentionCost[] _sites = new AttentionCost[sites];

    /// <summary>By site.</summary>
    public IReadOnlyList<AttentionCost> Sites => _sites;

    /// <summary>The site that is being computed.</summary>
    public int Current { get; set; }

    /// <summary>Projection of tokens <c>[b, L, d]</c> to queries, keys and values.</summary>
    public void AddProjection(torch.Tensor hidden, in AttentionInput input)
        => AddProjections(hidden.size(-1) * (input.Query.numel() + input.Key.numel() + input.Value.numel()));

    /// <summary>Projection of attended values <c>[b, H, L, D]</c> to tokens <c>[b, L, d]</c>.</summary>
    public void AddOutput(torch.Tensor attended, torch.Tensor hidden) => AddProjections(hidden.size(-1) * attended.numel());

    /// <summary>A sub-layer that is no attention.</summary>
    public void AddSubLayer(SubLayerSite site, torch.Tensor hidden) => AddProjections(site.MultiplyAccumulates * (hidden.numel() / hidden.size(-1)));

    /// <summary>Q·Kᵀ and P·V over so many pairs of each head.</summary>
    public void AddAttention(in AttentionInput input, long pairs)
    {
        ref var site = ref _sites[Current];
        site = site with { Attention = site.Attention + Of(input, pairs) };
    }

    /// <summary>A second look at so many pairs, for the residual.</summary>
    public void AddRefresh(in AttentionInput input, long pairs)
    {
        ref var site = ref _sites[Current];
        site = site with { ResidualRefresh = site.ResidualRefresh + Of(input, pairs) };
    }

    private static long Of(in AttentionInput input, long pairs)
        => input.Query.size(0) * input.Query.size(1) * pairs * (input.Query.size(3) + input.Value.size(3));

    private void AddProjections(long multiplyAccumulates)
    {
        ref var site = ref _sites[Current];
        site = site with { Projections = site.Projections + multiplyAccumulates };
    }
}
