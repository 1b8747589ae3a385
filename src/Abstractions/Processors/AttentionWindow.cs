using DiTFastAttn.Plans.Reading;

namespace DiTFastAttn;

/// <summary>
/// Which keys window attention keeps: those within a reach of the query, along the sequence of tokens (the paper's: one eighth of the tokens to
/// each side) or along the axes of their grid (<see cref="TokenLayout"/>): rows and columns of the query's own frame, or frames, rows and
/// columns. Text tokens stand outside every window: they see all and are seen by all.
/// </summary>
public readonly record struct AttentionWindow
{
    // Counted from the first, so that the default value is the smallest window along the sequence.
    private readonly int _furtherAxes;

    private AttentionWindow(int axes, WindowExtent frames, WindowExtent rows, WindowExtent columns)
    {
        _furtherAxes = axes - 1;
        Frames = frames;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>w = L/8 on each side, the paper's.</summary>
    public static AttentionWindow Paper { get; } = FractionOfTokens(1, 8);

    /// <summary>1: along the sequence, 2: rows and columns, 3: frames, rows and columns.</summary>
    public int Axes => _furtherAxes + 1;

    /// <summary>Extent over frames; the query's own where there are fewer than three axes.</summary>
    public WindowExtent Frames { get; }

    /// <summary>Extent over rows; nothing where there is one axis.</summary>
    public WindowExtent Rows { get; }

    /// <summary>Extent over columns, or along the sequence where there is one axis.</summary>
    public WindowExtent Columns { get; }

    /// <summary>A window of so many tokens on each side along the sequence.</summary>
    /// <param name="tokens">w ≥ 0; 0 sees only the token itself.</param>
    public static AttentionWindow Tokens(int tokens) => Sequence(WindowExtent.Symmetric(WindowReach.Tokens(tokens)));

    /// <summary>A window of a fraction of the sequence on each side, rounded down.</summary>
    /// <param name="numerator">At least 0.</param>
    /// <param name="denominator">At least 1.</param>
    public static AttentionWindow FractionOfTokens(int numerator, int denominator)
        => Sequence(WindowExtent.Symmetric(WindowReach.Fraction(numerator, denominator)));

    /// <summary>A window along the sequence; causal with a reach of 0 tokens after the query.</summary>
    /// <param name="extent">Its extent.</param>
    public static AttentionWindow Sequence(WindowExtent extent) => new(1, default, default, extent);

    /// <summary>A neighbourhood on the grid of the query's own frame.</summary>
    /// <param name="rows">Extent over rows.</param>
    /// <param name="columns">Extent over columns.</param>
    public static AttentionWindow Grid(WindowExtent rows, WindowExtent columns) => new(2, default, rows, columns);

    /// <summary>A neighbourhood on the grid of a video.</summary>
    /// <param name="frames">Extent over frames.</param>
    /// <param name="rows">Extent over rows.</param>
    /// <param name="columns">Extent over columns.</param>
    public static AttentionWindow Grid(WindowExtent frames, WindowExtent rows, WindowExtent columns) => new(3, frames, rows, columns);

    /// <summary>
    /// Reads a window: <c>128</c> or <c>1/8</c> along the sequence, <c>128:0</c> with another reach behind the query than before it, and axes joined
    /// by <c>x</c>: <c>8x8</c> for rows and columns, <c>1x1/8x1/8</c> for frames, rows and columns.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is no such thing.</exception>
    public static AttentionWindow Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (WindowText.Fault(text) is { } fault)
        {
            throw new FormatException(fault);
        }

        return Array.ConvertAll(text.Split('x'), WindowExtent.Parse) switch
        {
            [var rows, var columns] => Grid(rows, columns),
            [var frames, var rows, var columns] => Grid(frames, rows, columns),
            var axes => Sequence(axes[0]),
        };
    }

    /// <summary>The longer reach of a window along the sequence, in tokens.</summary>
    /// <param name="length">L ≥ 1</param>
    /// <exception cref="InvalidOperationException">The window is one on the grid.</exception>
    public int Resolve(long length)
        => Axes == 1
            ? Math.Max(Columns.Before.Resolve(length), Columns.After.Resolve(length))
            : throw new InvalidOperationException($"window {this} is laid over a grid of tokens: it has no one reach along the sequence.");

    /// <summary>Pairs (query, key) that the window keeps.</summary>
    /// <param name="tokens">L, text included.</param>
    /// <param name="layout">How the tokens lie.</param>
    /// <exception cref="ArgumentException">The layout is not one of so many tokens, or the window is one on a grid and the layout has none.</exception>
    public long CountPairs(long tokens, TokenLayout layout = default)
    {
        var (frames, rows, columns) = AxesOf(layout, tokens);
        var near = CountAlong(Frames, frames) * CountAlong(Rows, rows) * CountAlong(Columns, columns);
        var text = layout.TextTokens;
        return near + (2 * text * (tokens - text)) + ((long)text * text);
    }

    /// <inheritdoc/>
    public override string ToString() => Axes switch
    {
        3 => $"{Frames}x{Rows}x{Columns}",
        2 => $"{Rows}x{Columns}",
        _ => Columns.ToString(),
    };

    /// <summary>The lengths of the axes that the window is laid along: 1, 1 and L for a sequence.</summary>
    /// <param name="layout">How the tokens lie.</param>
    /// <param name="tokens">L, text included.</param>
    /// <exception cref="ArgumentException">The layout is not one of so many tokens, or the window is one on a grid and the layout has none.</exception>
    public (int Frames, int Rows, int Columns) AxesOf(TokenLayout layout, long tokens)
    {
        layout.Check(tokens);
        if (Axes == 1)
        {
            return (1, 1, checked((int)(tokens - layout.TextTokens)));
        }

        return layout.Frames > 0
            ? (layout.Frames, layout.Rows, layout.Columns)
            : throw new ArgumentException(
                $"window {this} is laid over a grid, and the site says nothing of one: let its projection set AttentionInput.Layout, or use a window along the sequence",
                nameof(layout));
    }

    private static long CountAlong(WindowExtent extent, int length)
    {
        var (before, after) = (Math.Min(extent.Before.Resolve(length), length - 1), Math.Min(extent.After.Resolve(length), length - 1));
        // Each position keeps itself, and loses what would lie beyond the ends.
        return (length * (1L + before + after)) - (before * (before + 1L) / 2) - (after * (after + 1L) / 2);
    }
}
