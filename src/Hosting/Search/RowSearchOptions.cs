namespace DiTFastAttn.Hosting.Search;

/// <summary>Settings of <see cref="RowPlanSearch"/>.</summary>
public sealed record RowSearchOptions
{
    /// <summary>Strategies that a step may have beside <c>full</c>. Those that need guidance are left out where there is none.</summary>
    public IReadOnlyList<string> Strategies { get; init; } = GreedySearchOptions.PaperCandidates;

    /// <summary>Kinds of sites that are compressed; the others stay <c>full</c>.</summary>
    public IReadOnlyCollection<SiteKind> Kinds { get; init; } = SiteKinds.Paper;

    /// <summary>The most steps ago, A, that something was written which a step may read. Scoring holds the residuals and outputs of A steps.</summary>
    public int LongestReuse { get; init; } = 4;

    /// <summary>Random directions K at the end of the trajectory along which errors are followed back.</summary>
    public int Probes { get; init; } = 3;

    /// <summary>Seed of the directions.</summary>
    public long Seed { get; init; }
}
