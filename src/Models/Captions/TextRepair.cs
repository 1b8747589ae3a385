using System.Text;
using System.Text.RegularExpressions;
using DiTFastAttn.Models.Text.Unicode;

namespace DiTFastAttn.Models.Captions;

/// <summary>
/// What ftfy 6.3 repairs in a text by its default settings, line by line until nothing changes: character references, misread encodings, ligatures, widths,
/// quotes, line ends, halves of surrogate pairs, terminal escapes, control characters, and composition.
/// </summary>
internal static partial class TextRepair
{
    private static readonly (string From, string To)[] Ligatures =
        [("Ĳ", "IJ"), ("ĳ", "ij"), ("ŉ", "ʼn"), ("Ǳ", "DZ"), ("ǲ", "Dz"), ("ǳ", "dz"), ("Ǆ", "DŽ"), ("ǅ", "Dž"), ("ǆ", "dž"), ("Ǉ", "LJ"), ("ǈ", "Lj"), ("ǉ", "lj"),
         ("Ǌ", "NJ"), ("ǋ", "Nj"), ("ǌ", "nj"), ("ﬀ", "ff"), ("ﬁ", "fi"), ("ﬂ", "fl"), ("ﬃ", "ffi"), ("ﬄ", "ffl"), ("ﬅ", "ſt"), ("ﬆ", "st")];

    /// <summary>Repairs a text. From the first line with a &lt; on it is taken for HTML, whose references stay.</summary>
    public static string Of(string text)
    {
        var result = new StringBuilder(text.Length);
        var isHtml = false;
        foreach (var line in SplitAfterLines(text))
        {
            isHtml |= line.Contains('<', StringComparison.Ordinal);
            result.Append(OfLine(line, isHtml));
        }

        return result.ToString();
    }

    private static string OfLine(string line, bool isHtml)
    {
        for (var before = ""; before != line;)
        {
            before = line;
            line = isHtml ? line : ReferenceRegex().Replace(line, OfReference);
            line = EncodingRepair.OfControls(EncodingRepair.Of(line));
            foreach (var (from, to) in Ligatures)
            {
                line = line.Replace(from, to, StringComparison.Ordinal);
            }

            line = string.Concat(CharacterWidth.Usual(line).Select(Quote)).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n')
                .Replace('\u2028', '\n').Replace('\u2029', '\n').Replace('\u0085', '\n');

            // Halves of surrogate pairs become U+FFFD.
            line = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(line));
            line = EscapeRegex().Replace(line, "");
            line = Nfc.Normalize(string.Concat(line.Where(c => !IsControl(c))));
        }

        return line;
    }

    /// <summary>A reference that ends in a semicolon and is one whole; in capitals too where that can be nothing else.</summary>
    private static string OfReference(Match reference)
    {
        var text = reference.Value;
        if (!text.StartsWith("&#", StringComparison.Ordinal))
        {
            return HtmlEntities.Find(text[1..]) ?? HtmlEntities.FindCapitals(text[1..]) ?? text;
        }

        var characters = HtmlEntities.Unescape(text);
        return characters.Contains(';', StringComparison.Ordinal) ? text : characters;
    }

    private static char Quote(char c) => c switch
    {
        'ʼ' or (>= '\u2018' and <= '\u201B') => '\'',
        >= '\u201C' and <= '\u201F' => '"',
        _ => c,
    };

    private static bool IsControl(char c)
        => c is (>= '\0' and <= '\u0008') or '\u000B' or (>= '\u000E' and <= '\u001F') or '\u007F' or (>= '\u206A' and <= '\u206F') or '\uFEFF' or (>= '\uFFF9' and <= '\uFFFC');

    private static IEnumerable<string> SplitAfterLines(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            yield return text[at..end];
            at = end;
        }
    }

    [GeneratedRegex("&#?[0-9A-Za-z]{1,24};", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex ReferenceRegex();

    [GeneratedRegex(@"\x1B\[[\d;]*[a-zA-Z]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex EscapeRegex();
}
