using System.Globalization;
using System.Text;

namespace DiTFastAttn.Models.Captions;

/// <summary>Python's <c>str.lower</c>: Unicode's full mapping, which .NET has but for a dotted capital I and the sigma at a word's end.</summary>
internal static class PythonLower
{
    private const char Sigma = 'Σ';

    public static string Of(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case 'İ':
                    result.Append("i\u0307");
                    break;
                case Sigma:
                    result.Append(IsFinal(text, i) ? 'ς' : 'σ');
                    break;
                case var high when char.IsHighSurrogate(high) && i + 1 < text.Length && Rune.TryCreate(high, text[i + 1], out var rune):
                    result.Append(Rune.ToLowerInvariant(rune).ToString());
                    i++;
                    break;
                case var other:
                    result.Append(char.ToLowerInvariant(other));
                    break;
            }
        }

        return result.ToString();
    }

    /// <summary>A letter with case before it, and none behind it; marks and the like are passed over.</summary>
    private static bool IsFinal(string text, int at) => FindsCased(text, at, -1) && !FindsCased(text, at, 1);

    private static bool FindsCased(string text, int at, int step)
    {
        for (var i = at + step; i >= 0 && i < text.Length; i += step)
        {
            var category = char.GetUnicodeCategory(text[i]);
            if (category is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter)
            {
                return true;
            }

            var isPassedOver = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
                or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol || "'.:·’\u2018\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A".Contains(text[i], StringComparison.Ordinal);
            if (!isPassedOver)
            {
                return false;
            }
        }

        return false;
    }
}
