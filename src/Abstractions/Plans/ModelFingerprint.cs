namespace DiTFastAttn;

/// <summary>What of a model a plan is tied to.</summary>
/// <param name="Name">The model's class name; said in messages, not compared.</param>
/// <param name="Sites">The sites in forward order.</param>
public sealed record ModelFingerprint(string Name, IReadOnlyList<SiteFingerprint> Sites);
