using System.Text;

namespace DiTFastAttn.Models.Text;

/// <summary>What Python's text methods do, where .NET's differ.</summary>
internal static class PythonText
{
    /// <summary>Whether Python's <c>str.isspace</c> and <c>\s</c> hold: Unicode's white space and the four separators U+001C to U+001F.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    /// <summary><c>str.lstrip()</c></summary>
    public static string StripStart(string text)
    {
        var start = 0;
        while (start < text.Length && IsSpace(text[start]))
        {
            start++;
        }

        return text[start..];
    }

    /// <summary><c>str.rstrip()</c></summary>
    public static string StripEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }

    /// <summary><c>str.strip()</c></summary>
    public static string Strip(string text) => StripStart(StripEnd(text));

    /// <summary>Lower case character by character, as Rust's <c>char::to_lowercase</c>: every sigma alike.</summary>
    public static string LowerEach(string text)
    {
        var lower = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            i += AppendLower(text, i, lower);
        }

        return lower.ToString();
    }

    private static int AppendLower(string text, int index, StringBuilder lower)
    {
        const char DottedCapitalI = '\u0130';
        if (text[index] == DottedCapitalI)
        {
            // The one character whose lower case is two.
            lower.Append("i\u0307");
            return 1;
        }

        if (!Rune.TryGetRuneAt(text, index, out var rune))
        {
            lower.Append(text[index]);
            return 1;
        }

        lower.Append(Rune.ToLowerInvariant(rune).ToString());
        return rune.Utf16SequenceLength;
    }
}
