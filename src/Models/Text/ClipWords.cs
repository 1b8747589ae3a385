using System.Globalization;
using System.Text;
using DiTFastAttn.Models.Captions;
using DiTFastAttn.Models.Text.Unicode;

namespace DiTFastAttn.Models.Text;

/// <summary>Cutting cleaned text into the words that CLIP encodes one by one.</summary>
internal static class ClipWords
{
    private static readonly string[] Endings = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
    private static readonly string[] SpecialTokens = ["<|startoftext|>", "<|endoftext|>"];

    private enum CharacterClass
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>The endings of English verbs, runs of letters, single numbers, and runs of the rest.</summary>
    /// <param name="text">Cleaned text.</param>
    /// <param name="knowsSpecialTokens">Whether special tokens that cleaning brought about are words of their own.</param>
    public static IEnumerable<string> Split(string text, bool knowsSpecialTokens)
    {
        for (var start = 0; start < text.Length;)
        {
            var fixedWord = (knowsSpecialTokens ? StartOf(SpecialTokens, text, start) : null) ?? StartOf(Endings, text, start);
            var length = fixedWord?.Length ?? RunLength(text, start);
            if (fixedWord is not null || ClassAt(text, start, out _) != CharacterClass.Space)
            {
                yield return text.Substring(start, length);
            }

            start += length;
        }
    }

    /// <summary>
    /// Control characters go, white space becomes spaces, Chinese characters get spaces around them; then NFC and lower case, word by word.
    /// </summary>
    public static string CleanAsBert(string text)
    {
        var cleaned = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (rune.Value is '\t' or '\n' or '\r' || category == UnicodeCategory.SpaceSeparator)
            {
                cleaned.Append(' ');
            }
            else if (IsChinese(rune.Value))
            {
                cleaned.Append(' ').Append(rune.ToString()).Append(' ');
            }
            else if (rune.Value != 0xFFFD
                && category is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate))
            {
                cleaned.Append(rune.ToString());
            }
        }

        return PythonLower.Of(Nfc.Normalize(cleaned.ToString()));
    }

    private static string? StartOf(string[] words, string text, int start)
        => Array.Find(words, word => string.CompareOrdinal(text, start, word, 0, word.Length) == 0);

    private static int RunLength(string text, int start)
    {
        var kind = ClassAt(text, start, out var length);
        while (kind != CharacterClass.Number && start + length < text.Length && ClassAt(text, start + length, out var next) == kind)
        {
            length += next;
        }

        return length;
    }

    private static CharacterClass ClassAt(string text, int index, out int length)
    {
        var isPair = char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]);
        length = isPair ? 2 : 1;
        return char.IsWhiteSpace(text[index])
            ? CharacterClass.Space
            : CharUnicodeInfo.GetUnicodeCategory(text, index) switch
            {
                <= UnicodeCategory.OtherLetter => CharacterClass.Letter,
                UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
                _ => CharacterClass.Other,
            };
    }

    private static bool IsChinese(int c) => c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
