using System.Text;
using DiTFastAttn.Models.Text.Unicode;

namespace DiTFastAttn.Models.Captions;

/// <summary>
/// What ftfy 6 repairs in a text by its default settings: character references, UTF-8 that was read as Windows-1252, ligatures, widths, quotes, line ends,
/// control characters, and composition. Of its encodings only Windows-1252 is looked for.
/// </summary>
internal static class TextRepair
{
    private static readonly (string From, string To)[] Ligatures =
        [("Ĳ", "IJ"), ("ĳ", "ij"), ("ŉ", "ʼn"), ("Ǳ", "DZ"), ("ǲ", "Dz"), ("ǳ", "dz"), ("Ǆ", "DŽ"), ("ǅ", "Dž"), ("ǆ", "dž"), ("Ǉ", "LJ"), ("ǈ", "Lj"), ("ǉ", "lj"),
         ("Ǌ", "NJ"), ("ǋ", "Nj"), ("ǌ", "nj"), ("ﬀ", "ff"), ("ﬁ", "fi"), ("ﬂ", "fl"), ("ﬃ", "ffi"), ("ﬄ", "ffl"), ("ﬅ", "ſt"), ("ﬆ", "st")];

    // From U+FF61 on.
    private const string HalfWidth = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u3099\u309A";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Repairs a text.</summary>
    public static string Of(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var line in SplitAfterLines(text))
        {
            result.Append(OfLine(line));
        }

        return result.ToString();
    }

    private static string OfLine(string line)
    {
        // Halves of surrogate pairs have no normal form: they become U+FFFD.
        line = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(line));
        for (var before = ""; before != line;)
        {
            before = line;
            if (!line.Contains('<', StringComparison.Ordinal))
            {
                line = HtmlEntities.Unescape(line);
            }

            line = Redecode(line) ?? line;
            foreach (var (from, to) in Ligatures)
            {
                line = line.Replace(from, to, StringComparison.Ordinal);
            }

            line = Nfc.Normalize(string.Concat(line.Select(Width)));
            line = string.Concat(line.Select(Quote)).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n')
                .Replace('\u2028', '\n').Replace('\u2029', '\n').Replace('\u0085', '\n');
            line = Nfc.Normalize(string.Concat(line.Where(c => !IsControl(c))));
        }

        return line;
    }

    /// <summary>A text whose characters are the bytes of valid UTF-8 in Windows-1252; a space may be what is left of a byte A0.</summary>
    private static string? Redecode(string text)
    {
        if (text.All(char.IsAscii))
        {
            return null;
        }

        var bytes = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            if (ByteOf(text[i]) is not { } value)
            {
                return null;
            }

            bytes[i] = value;
        }

        RestoreSpaces(bytes);
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Where a sequence lacks just one byte and has a space instead, that was a no-break space's.</summary>
    private static void RestoreSpaces(byte[] bytes)
    {
        for (var i = 0; i + 2 < bytes.Length; i++)
        {
            if (bytes[i] is >= 0xE0 and <= 0xEF && IsContinuation(bytes[i + 1]) != IsContinuation(bytes[i + 2]) && (bytes[i + 1] == ' ' || bytes[i + 2] == ' '))
            {
                bytes[bytes[i + 1] == ' ' ? i + 1 : i + 2] = 0xA0;
            }
        }
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;

    private static byte? ByteOf(char c)
    {
        if (c < 0x80 || c is >= '\u00A0' and <= '\u00FF')
        {
            return (byte)c;
        }

        for (var value = 0x80; value < 0xA0; value++)
        {
            if (HtmlEntities.OfWindows1252(value) == c)
            {
                return (byte)value;
            }
        }

        return null;
    }

    /// <summary>The usual form of full-width Latin and half-width katakana; by table, for without ICU .NET has no compatibility forms.</summary>
    private static char Width(char c) => c switch
    {
        '\u3000' => ' ',
        >= '\uFF01' and <= '\uFF5E' => (char)(c - 0xFEE0),
        >= '\uFF61' and <= '\uFF9F' => HalfWidth[c - '\uFF61'],
        '\uFFE0' => '¢',
        '\uFFE1' => '£',
        '\uFFE2' => '¬',
        '\uFFE4' => '¦',
        '\uFFE5' => '¥',
        '\uFFE6' => '₩',
        _ => c,
    };

    private static char Quote(char c) => c switch
    {
        'ʼ' or (>= '\u2018' and <= '\u201B') => '\'',
        >= '\u201C' and <= '\u201F' => '"',
        _ => c,
    };

    private static bool IsControl(char c)
        => c is (>= '\0' and <= '\u0008') or '\u000B' or (>= '\u000E' and <= '\u001F') or '\u007F' or (>= '\u206A' and <= '\u206F') or '\uFEFF' or (>= '\uFFF9' and <= '\uFFFB');

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
}
