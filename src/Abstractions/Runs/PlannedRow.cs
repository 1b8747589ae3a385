namespace DiTFastAttn.Runs;

/// <summary>One step of a plan, looked up: everything the hot path needs, by site index.</summary>
/// <param name="Processors">The strategy of each site.</param>
/// <param name="Keeps">What the site's call has to leave for later steps.</param>
/// <param name="Frees">What has had its last reader after the site's call.</param>
/// <param name="OwnKeeps">What of strategies' own state the site's call has to leave; empty for most.</param>
/// <param name="OwnFrees">What of it has had its last reader; empty for most.</param>
internal sealed record PlannedRow(
    IAttentionProcessor[] Processors,
    SiteState[] Keeps,
    SiteState[] Frees,
    OwnState[][] OwnKeeps,
    OwnState[][] OwnFrees)
{
    /// <summary>A row that keeps and frees nothing: a trial.</summary>
    public static PlannedRow WithoutState(IAttentionProcessor[] processors)
        => new(processors, new SiteState[processors.Length], new SiteState[processors.Length], Nothing(processors), Nothing(processors));

    /// <summary>A row that keeps whatever it can and frees nothing: a step of which nobody knows yet what comes after it.</summary>
    public static PlannedRow WithAllState(IAttentionProcessor[] processors)
        => WithoutState(processors) with
        {
            Keeps = Array.ConvertAll(processors, p => p.Traits.Writes),
            OwnKeeps = Array.ConvertAll(processors, p => p.Traits.OwnWrites.ToArray()),
        };

    private static OwnState[][] Nothing(IAttentionProcessor[] processors) => Array.ConvertAll(processors, OwnState[] (_) => []);
}
