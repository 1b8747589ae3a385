namespace DiTFastAttn;

/// <summary>One site as a plan knows it.</summary>
/// <param name="Name">The site's name, for example <c>blocks.0.attn</c>.</param>
/// <param name="Heads">H, or 0 where the declaration does not say.</param>
/// <param name="HeadWidth">D, or 0 where the declaration does not say.</param>
public sealed record SiteFingerprint(string Name, long Heads, long HeadWidth)
{
    /// <summary>Multiply-accumulates of one token of a sub-layer that is no attention; 0 for attention.</summary>
    public long SubLayer { get; init; }
}
