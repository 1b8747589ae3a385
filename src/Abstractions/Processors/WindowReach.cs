using System.Globalization;

namespace DiTFastAttn;

/// <summary>How far a window reaches to one side along one axis: a number of tokens, or a fraction of the axis's length, rounded down.</summary>
public readonly record struct WindowReach
{
    private WindowReach(int numerator, int denominator)
    {
        Numerator = numerator;
        Denominator = denominator;
    }

    /// <summary>The fraction's numerator, or the number of tokens.</summary>
    public int Numerator { get; }

    /// <summary>The fraction's denominator, or 0 where <see cref="Numerator"/> counts tokens.</summary>
    public int Denominator { get; }

    /// <summary>To the end of the axis.</summary>
    public static WindowReach All { get; } = new(1, 1);

    /// <summary>A reach of so many tokens.</summary>
    /// <param name="tokens">At least 0; 0 sees only the token itself.</param>
    public static WindowReach Tokens(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        return new WindowReach(tokens, 0);
    }

    /// <summary>A reach of a fraction of the axis.</summary>
    /// <param name="numerator">At least 0.</param>
    /// <param name="denominator">At least 1.</param>
    public static WindowReach Fraction(int numerator, int denominator)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(numerator);
        ArgumentOutOfRangeException.ThrowIfLessThan(denominator, 1);
        return new WindowReach(numerator, denominator);
    }

    /// <summary>The reach in tokens along an axis of <paramref name="length"/> tokens.</summary>
    /// <param name="length">At least 1.</param>
    public int Resolve(long length)
        => Denominator == 0 ? Numerator : checked((int)Math.Min(length * Numerator / Denominator, int.MaxValue));

    /// <inheritdoc/>
    public override string ToString()
        => Denominator == 0
            ? Numerator.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");

    /// <summary>Reads what <see cref="Plans.Reading.WindowText"/> finds no fault with.</summary>
    internal static WindowReach Parse(string text)
        => text.Split('/') is [var numerator, var denominator] ? Fraction(Number(numerator), Number(denominator)) : Tokens(Number(text));

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
