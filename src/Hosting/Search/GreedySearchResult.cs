namespace DiTFastAttn.Hosting.Search;

/// <summary>What the greedy search found.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Trials">Every evaluated choice, in order.</param>
public sealed record GreedySearchResult(AttentionPlan Plan, IReadOnlyList<SearchTrial> Trials);
