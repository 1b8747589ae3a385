namespace DiTFastAttn.Runs;

/// <summary>One step of a plan, looked up: everything the hot path needs, by site index.</summary>
/// <param name="Processors">The strategy of each site.</param>
/// <param name="Keeps">What the site's call has to leave for later steps.</param>
/// <param name="Frees">What has had its last reader after the site's call.</param>
internal sealed record PlannedRow(IAttentionProcessor[] Processors, SiteState[] Keeps, SiteState[] Frees)
{
    /// <summary>A row that keeps and frees nothing: a trial.</summary>
    public static PlannedRow WithoutState(IAttentionProcessor[] processors)
        => new(processors, new SiteState[processors.Length], new SiteState[processors.Length]);
}
