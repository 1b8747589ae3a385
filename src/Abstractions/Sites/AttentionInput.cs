using TorchSharp;

namespace DiTFastAttn;

/// <summary>What a site's projection hands to attention.</summary>
/// <param name="Query">Queries <c>[B, H, L, D]</c>; any strides.</param>
/// <param name="Key">Keys <c>[B, H, L, D]</c>; any strides.</param>
/// <param name="Value">Values <c>[B, H, L, D]</c>; any strides.</param>
/// <remarks>
/// Owned by whoever called the projection and disposed after the attention: a projection returns fresh handles
/// (views are fine), never its own input and never a tensor it keeps.
/// </remarks>
public readonly record struct AttentionInput(torch.Tensor Query, torch.Tensor Key, torch.Tensor Value) : IDisposable
{
    /// <summary>Number of query tokens L.</summary>
    public long Tokens => Query.shape[2];

    /// <summary>Frees the three handles.</summary>
    public void Dispose()
    {
        Query.Dispose();
        Key.Dispose();
        Value.Dispose();
    }
}
