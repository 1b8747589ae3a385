namespace DiTFastAttn.Hosting.Search;

/// <summary>Settings of <see cref="BudgetPlanSearch"/>.</summary>
public sealed record BudgetSearchOptions
{
    /// <summary>Strategies beside <c>full</c>. Those that need guidance are left out where there is none.</summary>
    public IReadOnlyList<string> Strategies { get; init; } = GreedySearchOptions.PaperCandidates;

    /// <summary>Kinds of sites that are compressed; the others stay <c>full</c>.</summary>
    public IReadOnlyCollection<SiteKind> Kinds { get; init; } = SiteKinds.Paper;

    /// <summary>Further candidates: greedy plans, a plan of one's own. Those outside the budget are left out.</summary>
    public IReadOnlyList<AttentionPlan> Others { get; init; } = [];

    /// <summary>Random directions of the row scores' adjoint.</summary>
    public int Probes { get; init; } = 3;

    /// <summary>Seed of the directions.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// Groups of sites in each stage of the refinement, in order: <c>[1, 3, int.MaxValue]</c> refines whole rows, then thirds of the sites, then single sites; attention and
    /// other sub-layers apart. A stage comes only where the one before it gained. Empty for no refinement.
    /// </summary>
    public IReadOnlyList<int> Groups { get; init; } = [1];

    /// <summary>The most rounds of each stage.</summary>
    public int Rounds { get; init; } = 3;
}
