namespace DiTFastAttn;

/// <summary>
/// How the tokens of an attention call lie: a grid of frames, rows and columns in that order, columns fastest, and text tokens before or
/// behind it. Windows are measured on the grid; text tokens see all and are seen by all.
/// </summary>
/// <remarks>The default value is one sequence without text.</remarks>
public readonly record struct TokenLayout
{
    /// <summary>Frames F, or 0 where the tokens are one sequence.</summary>
    public int Frames { get; private init; }

    /// <summary>Rows of a frame, or 0 where the tokens are one sequence.</summary>
    public int Rows { get; private init; }

    /// <summary>Columns of a frame, or 0 where the tokens are one sequence.</summary>
    public int Columns { get; private init; }

    /// <summary>Text tokens.</summary>
    public int TextTokens { get; private init; }

    /// <summary>Whether the text tokens come before the grid; else they come behind it.</summary>
    public bool TextFirst { get; private init; }

    /// <summary>Tokens of a picture, row by row.</summary>
    /// <param name="rows">At least 1.</param>
    /// <param name="columns">At least 1.</param>
    public static TokenLayout Grid(int rows, int columns) => Grid(1, rows, columns);

    /// <summary>Tokens of a video, frame by frame, row by row.</summary>
    /// <param name="frames">At least 1.</param>
    /// <param name="rows">At least 1.</param>
    /// <param name="columns">At least 1.</param>
    public static TokenLayout Grid(int frames, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        return new TokenLayout { Frames = frames, Rows = rows, Columns = columns };
    }

    /// <summary>This layout with text tokens beside it, as joint attention over text and image has it.</summary>
    /// <param name="tokens">How many; at least 0.</param>
    /// <param name="first">Whether they come before the other tokens.</param>
    public TokenLayout WithText(int tokens, bool first)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        return this with { TextTokens = tokens, TextFirst = first && tokens > 0 };
    }

    /// <summary>Checks that the layout describes so many tokens.</summary>
    /// <param name="tokens">L, text included.</param>
    /// <exception cref="ArgumentException">It describes another number.</exception>
    public void Check(long tokens)
    {
        var grid = (long)Frames * Rows * Columns;
        if (TextTokens > tokens || (Frames > 0 && grid + TextTokens != tokens))
        {
            throw new ArgumentException(
                $"the layout of {Frames} frames of {Rows} x {Columns} and {TextTokens} text tokens is not one of {tokens} tokens", nameof(tokens));
        }
    }
}
