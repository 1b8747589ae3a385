namespace DiTFastAttn.Hosting.Search;

/// <summary>What the greedy search found.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Trials">Every evaluated choice, in order.</param>
public sealed record GreedySearchResult(AttentionPlan Plan, IReadOnlyList<SearchTrial> Trials)
{
    /// <summary>Blocks of the model that were computed, over all batches; where its blocks are not known, the whole model counts as one.</summary>
    public long BlockEvaluations { get; init; }

    /// <summary>Blocks of one model call on all batches.</summary>
    public int Blocks { get; init; } = 1;

    /// <summary>What was computed, in whole model calls.</summary>
    public double ForwardEquivalents => (double)BlockEvaluations / Blocks;
}
