namespace DiTFastAttn.Hosting.Search;

/// <summary>Settings of <see cref="PlanRefinement"/>.</summary>
public sealed record PlanRefinementOptions
{
    /// <summary>Strategies that a cell may have beside <c>full</c>. Those that need guidance are left out where there is none.</summary>
    public IReadOnlyList<string> Strategies { get; init; } = GreedySearchOptions.PaperCandidates;

    /// <summary>Kinds of sites that are compressed; the others stay <c>full</c>.</summary>
    public IReadOnlyCollection<SiteKind> Kinds { get; init; } = SiteKinds.Paper;

    /// <summary>
    /// Groups of neighbouring sites that change together, G: 1 for whole rows, as many as there are sites or more for each on its own. A round costs G times as much,
    /// and twice that where attention and other sub-layers take part, which are grouped apart. In whole rows they change together too.
    /// </summary>
    public int Groups { get; init; } = 1;

    /// <summary>The most rounds of measuring every move; fewer where nothing is gained any more.</summary>
    public int Rounds { get; init; } = 4;

    /// <summary>The most moves that are made at once before the plan is run again.</summary>
    public int MovesAtOnce { get; init; } = 8;

    /// <summary>What a plan has to keep beside its price: a limit of memory, say. Everything is allowed where not set.</summary>
    public Func<AttentionPlan, bool> Allows { get; init; } = static _ => true;
}
