namespace DiTFastAttn;

/// <summary>Which kinds of sites plans compress.</summary>
public static class SiteKinds
{
    /// <summary>What the paper compresses: self-attention; in videos that over the tokens of a frame, not that over the frames of a place.</summary>
    public static IReadOnlyList<SiteKind> Paper { get; } = [SiteKind.SelfAttention, SiteKind.Spatial, SiteKind.JointAttention];
}
