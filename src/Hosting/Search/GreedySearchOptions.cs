using DiTFastAttn.Processors;

namespace DiTFastAttn.Hosting.Search;

/// <summary>Settings of the greedy search.</summary>
public sealed record GreedySearchOptions
{
    /// <summary>The authors' order of candidates.</summary>
    public static IReadOnlyList<string> PaperCandidates { get; } = ["ast", "wars+asc", "wars", "asc"];

    /// <summary>The authors' candidates with every strategy of one's own before the first that costs more.</summary>
    /// <param name="catalog">The strategies.</param>
    /// <param name="shape">The shape for which they are compared.</param>
    public static IReadOnlyList<string> CandidatesOf(IProcessorCatalog catalog, SiteShape shape)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var candidates = PaperCandidates.ToList();
        foreach (var id in catalog.Ids.Except(ProcessorCatalog.BuiltInIds).OrderBy(Cost))
        {
            var dearer = candidates.FindIndex(candidate => Cost(candidate) > Cost(id));
            candidates.Insert(dearer < 0 ? candidates.Count : dearer, id);
        }

        return candidates;

        long Cost(string id) => catalog.GetProcessor(id).Cost(shape).Total;
    }

    /// <summary>Threshold δ, above 0; the paper's settings D1 to D6 are .025, .05, .075, .1, .125, .15.</summary>
    public required double Threshold { get; init; }

    /// <summary>The loss; the published thresholds were run with <see cref="PlanLoss.Official"/>.</summary>
    public PlanLoss Loss { get; init; } = PlanLoss.Official;

    /// <summary>Candidates in the order in which they are tried. Those that need guidance are left out where there is none.</summary>
    public IReadOnlyList<string> Candidates { get; init; } = PaperCandidates;

    /// <summary>Kinds of sites that are searched; the others stay <c>full</c>, and N of the thresholds (i/N)·δ counts the searched ones only.</summary>
    public IReadOnlyCollection<SiteKind> Kinds { get; init; } = SiteKinds.Paper;

    /// <summary>
    /// Whether trials leave out what cannot change the plan: the blocks before their site, where the trajectory can be taken block by block, and the batches
    /// of calibration samples behind the one at which the loss has reached the threshold. The plan is the same either way; without it a search costs what
    /// the authors' costs.
    /// </summary>
    public bool ReusesBlocks { get; init; } = true;

    /// <summary>The window, or <see langword="null"/> for the model's.</summary>
    public AttentionWindow? Window { get; init; }
}
