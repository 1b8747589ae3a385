using System.Text;
using System.Text.RegularExpressions;
using static DiTFastAttn.Models.Captions.MojibakeCategories;

namespace DiTFastAttn.Models.Captions;

/// <summary>Finds UTF-8 that was read as another encoding, by the sequences of characters that ftfy 6.3 looks for (<c>badness.py</c>, <c>chardata.py</c>).</summary>
internal static class Mojibake
{
    private const string Word = @"[\p{L}\p{Nd}\p{Nl}\p{No}_]";
    private const string Space = @"[\s\x1c-\x1f]";
    private const string Punctuation = StartPunctuation + EndPunctuation;
    private const string Accented = LowerAccented + UpperAccented;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly Regex Unlikely = Find(string.Join('|', UnlikelySequences()));

    /// <summary>
    /// Runs of characters that would be whole sequences of UTF-8 in an encoding like Latin-1. A space may stand for a no-break space; before the run there is
    /// nothing that could be part of one, so that a few characters of a greater garble are not taken for themselves.
    /// </summary>
    public static Regex Runs { get; } = Find(
        $"(?<![{Class(0x80, 0xBF).Except("–—―‘’‚“”„•…")}])"
        + $"(?:[{Class(0xC2, 0xDF)}][{Continuation}]|[{Class(0xE0, 0xEF)}][{Continuation}]{{2}}|[{Class(0xF0, 0xF0)}{Class(0xF3, 0xF3)}][{Continuation}]{{3}})+");

    private static string Continuation => Class(0x80, 0xBF) + " ";

    /// <summary>Whether characters stand beside each other that are hardly ever meant to.</summary>
    public static bool IsIn(string text) => Unlikely.IsMatch(OneUnitEach(text));

    private static IEnumerable<string> UnlikelySequences() =>
    [
        $"[{C1}]",
        $"[{Bad}{Accented}{Box}{Punctuation}{Currency}{Numeric}{Law}][{Bad}]",
        $"[a-zA-Z][{LowerCommon}{UpperCommon}][{Bad}]",
        $"[{Bad}][{Accented}{Box}{Punctuation}{Currency}{Numeric}{Law}]",
        $"[{LowerAccented}{LowerCommon}{Box}{EndPunctuation}{Currency}{Numeric}][{UpperAccented}]",
        $"[{Box}{EndPunctuation}{Currency}{Numeric}][{LowerAccented}]",
        $"[{LowerAccented}{Box}{EndPunctuation}][{Currency}]",
        $"{Space}[{UpperAccented}][{Currency}]",
        $"[{UpperAccented}{Box}][{Numeric}{Law}]",
        $"[{Accented}{Box}{Currency}{EndPunctuation}][{StartPunctuation}][{Numeric}]",
        $"[{Accented}{Currency}{Numeric}{Box}{Law}][{EndPunctuation}][{StartPunctuation}]",
        $"[{Currency}{Numeric}{Box}][{StartPunctuation}]",
        $"[a-z][{UpperAccented}][{StartPunctuation}{Currency}]",
        $"[{Box}][{Kaomoji}]",
        $"[{Accented}{Currency}{Numeric}{Punctuation}{Law}][{Box}]",
        $"[{Box}][{EndPunctuation}]",
        $"[{Accented}][{Punctuation}]{Word}",
        "[Œœ][^A-Za-z]", // that ligature is followed by a letter of its own language
        $"[{UpperAccented}]°",

        // Windows-1252: pairs that are not among the above, superscripts, Arabic, South Asian alphabets.
        $"[ÂÃÎÐ][€œŠš¢£Ÿž\u00A0\u00AD®©°·»{Punctuation}–—´]",
        "×[²³]",
        $"(?:[ØÙ][{Common}{Currency}{Bad}{Numeric}{StartPunctuation}ŸŠ®°µ»]){{2}}",
        "à[²µ¹¼½¾]",

        // Mac Roman.
        "√[±∂†≠®™´≤≥¥µø]",
        "≈[°¢]",
        "‚Ä[ìîïòôúùû†°¢π]",
        "‚[âó][àä°ê]",

        // Windows-1251: U+2000 and on; Latin-1 or Cyrillic, three letters as two are common; on top of Windows-1252 read as Latin-1, with a Latin letter.
        "вЂ",
        $"[ВГРС][{C1}{Bad}{Punctuation}{Currency}°µ][ВГРС]",
        "ГўВЂВ.[A-Za-z ]",

        // à, á and the no-break space in Windows-1252; Â before a character that stands for itself.
        "Ã[\u00A0¡]",
        $"[a-z]{Space}?[ÃÂ] ",
        "^[ÃÂ] ",
        $"[a-z.,?!{EndPunctuation}]Â[ {Punctuation}]",

        // Windows-1253, Windows-1257.
        "β€[™\u00A0Ά\u00AD®°]",
        $"[ΒΓΞΟ][{C1}{Bad}{Punctuation}{Currency}°][ΒΓΞΟ]",
        "ā€",
    ];

    private static Regex Find(string pattern) => new(pattern, RegexOptions.CultureInvariant, Patience);

    /// <summary>What the bytes of a range are in the encodings like Latin-1.</summary>
    private static string Class(int first, int last)
        => string.Concat(SingleByteEncoding.LikeLatin1.SelectMany(encoding => Enumerable.Range(first, last - first + 1).Select(value => encoding[value])).Distinct());

    private static string Except(this string characters, string others) => string.Concat(characters.Where(c => !others.Contains(c, StringComparison.Ordinal)));

    /// <summary>A text of as many characters as Python counts: those of two code units become a letter, or a sign that is none.</summary>
    private static string OneUnitEach(string text)
    {
        const char AnyLetter = '一', AnySign = '☃';
        if (!text.Any(char.IsSurrogate))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune) || rune.IsBmp)
            {
                result.Append(text[i]);
                continue;
            }

            result.Append(Rune.IsLetter(rune) || Rune.IsNumber(rune) ? AnyLetter : AnySign);
            i++;
        }

        return result.ToString();
    }
}
