using System;
using System.Globalization;
using System.Linq;

namespace DiTFastAttn.Plans.Reading;

/// <summary>How a window is written: <c>128</c>, <c>1/8</c>, <c>128:0</c>, <c>8x8</c>, <c>1x1/8x1/8</c>.</summary>
internal static class WindowText
{
    /// <summary>What is wrong with a text, or <see langword="null"/>.</summary>
    public static string? Fault(string text)
    {
        var axes = text.Split('x');
        return axes.Length <= 3 && Array.TrueForAll(axes, axis => axis.Split(':') is { Length: <= 2 } reaches && Array.TrueForAll(reaches, IsReach))
            ? null
            : $"window '{text}' is neither a number of tokens (128) nor a fraction of them (1/8), a different one on each side (128:0), "
                + "or one for each axis of the grid (8x8, 1x8x8).";
    }

    private static bool IsReach(string text)
    {
        var numbers = text.Split('/');
        return numbers.Length <= 2 && Array.TrueForAll(numbers, IsNumber) && (numbers.Length == 1 || numbers[1].Any(digit => digit != '0'));
    }

    private static bool IsNumber(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
