namespace DiTFastAttn;

/// <summary>What of a site an attention strategy reads from earlier steps, or leaves for later ones.</summary>
[Flags]
public enum SiteState
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The residual R = O − W <c>[B, H, L, D]</c>, before the output projection.</summary>
    Residual = 1,

    /// <summary>The site's output <c>[B, L, d]</c>, after the output projection and before gate and skip connection.</summary>
    Output = 2,
}
