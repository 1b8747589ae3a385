using System.Runtime.InteropServices;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// A window resolved for the tokens of a call: a grid of frames, rows and columns (1, 1 and L for a sequence), reaches along each axis in
/// tokens, and text tokens before or behind the grid.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct WindowGeometry
{
    public int Frames { get; private init; }

    public int Rows { get; private init; }

    public int Columns { get; private init; }

    public int FramesBefore { get; private init; }

    public int FramesAfter { get; private init; }

    public int RowsBefore { get; private init; }

    public int RowsAfter { get; private init; }

    public int ColumnsBefore { get; private init; }

    public int ColumnsAfter { get; private init; }

    /// <summary>The grid's first token.</summary>
    public int GridStart { get; private init; }

    /// <summary>The first text token; where there is none, the end.</summary>
    public int TextStart { get; private init; }

    public int TextTokens { get; private init; }

    public int GridTokens => Frames * Rows * Columns;

    /// <summary>Resolves the window of a call; where that is causal, nothing behind a query is seen.</summary>
    /// <param name="input">The call.</param>
    /// <param name="window">The window.</param>
    /// <exception cref="ArgumentException">The layout does not fit the tokens or the window, or the attention is causal and no plain sequence.</exception>
    public static WindowGeometry Of(in AttentionInput input, AttentionWindow window)
    {
        var geometry = Of(window, input.Layout, input.Tokens);
        if (!input.IsCausal)
        {
            return geometry;
        }

        return window.Axes == 1 && input.Layout.TextTokens == 0
            ? geometry with { ColumnsAfter = 0 }
            : throw new ArgumentException($"window {window} is laid over a grid or beside text, and the attention is causal: use a window along the sequence", nameof(window));
    }

    /// <summary>Resolves a window.</summary>
    /// <param name="window">The window.</param>
    /// <param name="layout">How the tokens lie.</param>
    /// <param name="tokens">L, text included.</param>
    /// <exception cref="ArgumentException">The layout does not fit the tokens or the window.</exception>
    public static WindowGeometry Of(AttentionWindow window, TokenLayout layout, long tokens)
    {
        var (frames, rows, columns) = window.AxesOf(layout, tokens);
        return new WindowGeometry
        {
            Frames = frames,
            Rows = rows,
            Columns = columns,
            FramesBefore = Reach(window.Frames.Before, frames),
            FramesAfter = Reach(window.Frames.After, frames),
            RowsBefore = Reach(window.Rows.Before, rows),
            RowsAfter = Reach(window.Rows.After, rows),
            ColumnsBefore = Reach(window.Columns.Before, columns),
            ColumnsAfter = Reach(window.Columns.After, columns),
            GridStart = layout.TextFirst ? layout.TextTokens : 0,
            TextStart = layout.TextFirst ? 0 : checked((int)tokens) - layout.TextTokens,
            TextTokens = layout.TextTokens,
        };
    }

    /// <summary>A sequence in which a query sees itself and what is before it.</summary>
    public static WindowGeometry Causal(int keys) => new() { Frames = 1, Rows = 1, Columns = keys, ColumnsBefore = keys, TextStart = keys };

    // More than the axis is all of it; sums of positions and reaches stay small.
    private static int Reach(WindowReach reach, int length) => Math.Min(reach.Resolve(length), length);
}
