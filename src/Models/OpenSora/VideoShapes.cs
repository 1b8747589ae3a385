namespace DiTFastAttn.Models;

/// <summary>The sizes of a model's attention sites for videos of one size, for costs and memory of plans.</summary>
/// <param name="Config">The model.</param>
/// <param name="Size">The videos' size.</param>
/// <param name="Batch">Videos of a model call, both guidance halves.</param>
/// <param name="TextTokens">Tokens of the longest text.</param>
public sealed record VideoShapes(STDiTConfig Config, VideoConditioning Size, long Batch, long TextTokens)
{
    /// <summary>The shape of a kind of site.</summary>
    /// <param name="kind">Spatial, temporal or cross-attention, or a sub-layer.</param>
    /// <param name="window">The plan's window.</param>
    /// <exception cref="ArgumentException">The model has no such site.</exception>
    public SiteShape Of(SiteKind kind, AttentionWindow window) => kind switch
    {
        SiteKind.Spatial => Windowed(Batch * Size.Frames, Size.FrameTokens, TokenLayout.Grid(Size.Grid.Rows, Size.Grid.Columns), window),
        SiteKind.Temporal => Windowed(Batch * Size.FrameTokens, Size.Frames, TokenLayout.Grid(Size.Frames, 1, 1), window),
        SiteKind.CrossAttention => new SiteShape(Batch, (long)Size.Frames * Size.FrameTokens, Config.NumHeads, Config.HeadWidth, 0) { KeyTokens = TextTokens },
        SiteKind.SubLayer => new SiteShape(Batch, (long)Size.Frames * Size.FrameTokens, 1, Config.HiddenSize, 0) { SubLayerOfToken = 2L * Config.HiddenSize * Config.MlpWidth },
        _ => throw new ArgumentException($"STDiT has no {kind} sites; it has spatial, temporal and cross-attention, and feed-forwards.", nameof(kind)),
    };

    private SiteShape Windowed(long batch, long tokens, TokenLayout layout, AttentionWindow window)
        => new(batch, tokens, Config.NumHeads, Config.HeadWidth, window.Axes == 1 ? window.Resolve(tokens) : 0) { WindowPairs = window.CountPairs(tokens, layout) };
}
