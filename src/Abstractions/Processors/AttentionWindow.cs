using System.Globalization;

namespace DiTFastAttn;

/// <summary>
/// The window w of window attention, on each side of a token: a number of tokens, or a fraction of the sequence. The
/// paper's is one eighth of the tokens.
/// </summary>
public readonly record struct AttentionWindow
{
    private AttentionWindow(int numerator, int denominator)
    {
        Numerator = numerator;
        Denominator = denominator;
    }

    /// <summary>w = L/8 on each side, the paper's.</summary>
    public static AttentionWindow Paper { get; } = FractionOfTokens(1, 8);

    /// <summary>The fraction's numerator, or the number of tokens.</summary>
    public int Numerator { get; }

    /// <summary>The fraction's denominator, or 0 where <see cref="Numerator"/> counts tokens.</summary>
    public int Denominator { get; }

    /// <summary>A window of so many tokens on each side.</summary>
    /// <param name="tokens">w ≥ 0; 0 sees only the token itself.</param>
    public static AttentionWindow Tokens(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        return new AttentionWindow(tokens, 0);
    }

    /// <summary>A window of a fraction of the sequence on each side, rounded down.</summary>
    /// <param name="numerator">At least 0.</param>
    /// <param name="denominator">At least 1.</param>
    public static AttentionWindow FractionOfTokens(int numerator, int denominator)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(numerator);
        ArgumentOutOfRangeException.ThrowIfLessThan(denominator, 1);
        return new AttentionWindow(numerator, denominator);
    }

    /// <summary>Reads <c>128</c> or <c>1/8</c>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is neither.</exception>
    public static AttentionWindow Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var tokens))
        {
            return Tokens(tokens);
        }

        if (slash > 0
            && int.TryParse(text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var numerator)
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var denominator)
            && denominator > 0)
        {
            return FractionOfTokens(numerator, denominator);
        }

        throw new FormatException($"window '{text}' is neither a number of tokens (128) nor a fraction of them (1/8).");
    }

    /// <summary>w in tokens for a sequence of <paramref name="length"/> tokens.</summary>
    /// <param name="length">L ≥ 1</param>
    public int Resolve(long length)
        => Denominator == 0 ? Numerator : checked((int)(length * Numerator / Denominator));

    /// <inheritdoc/>
    public override string ToString()
        => Denominator == 0
            ? Numerator.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");
}
