namespace DiTFastAttn;

/// <summary>What of a model a plan is tied to.</summary>
/// <param name="Name">The model's class name; said in messages, not compared.</param>
/// <param name="Sites">The sites in forward order.</param>
public sealed record ModelFingerprint(string Name, IReadOnlyList<SiteFingerprint> Sites)
{
    /// <summary>Whether sub-layers that are no attention are among the sites: a plan of them needs a model that is attached with them.</summary>
    public bool HasSubLayers => Sites.Any(site => site.SubLayer > 0);
}
