using System.Text;
using System.Text.RegularExpressions;

namespace DiTFastAttn.Models.Captions;

/// <summary>ftfy 6.3's <c>fix_encoding</c>: UTF-8 that was read as an encoding of one byte a character becomes what it was, as often as that was done to it.</summary>
internal static class EncodingRepair
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // Bytes as Latin-1, so that expressions find them.
    private static readonly Regex LostSpace = Find("[\xC2\xC3\xC5\xCE\xD0\xD9] |[\xE2\xE3] [\x80-\x84\x86-\x9F\xA1-\xBF]|[\xE0-\xE3][\x80-\x84\x86-\x9F\xA1-\xBF] "
        + "|\xF0 [\x80-\xBF]{2}|\xF0[\x80-\xBF] [\x80-\xBF]|\xF0[\x80-\xBF]{2} ");

    // The word "à", whose space stays, but for what Portuguese joins it with.
    private static readonly Regex WordOfOneLetter = Find("\xC3 (?! |quele|quela|quilo|s )");

    // 1A is a byte that was lost; a question mark may stand for one of a sequence.
    private static readonly Regex LostByte = Find("[\xC2-\xDF]\x1A|[\xC2\xC3]\\?|\xED[\xA0-\xAF][\x1A?]\xED[\xB0-\xBF][\x1A?\x80-\xBF]|\xED[\xA0-\xAF][\x1A?\x80-\xBF]\xED[\xB0-\xBF][\x1A?]"
        + "|[\xE0-\xEF][\x1A?][\x1A\x80-\xBF]|[\xE0-\xEF][\x1A\x80-\xBF][\x1A?]"
        + "|[\xF0-\xF4][\x1A?][\x1A\x80-\xBF]{2}|[\xF0-\xF4][\x1A\x80-\xBF][\x1A?][\x1A\x80-\xBF]|[\xF0-\xF4][\x1A\x80-\xBF]{2}[\x1A?]|\x1A");

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Repairs a text, or leaves it as it is.</summary>
    public static string Of(string text)
    {
        for (var before = ""; before != text;)
        {
            before = text;
            text = Once(text);
        }

        return text;
    }

    /// <summary>Control characters that come of Windows-1252 read as Latin-1 become what they were.</summary>
    public static string OfControls(string text) => text.AsSpan().ContainsAnyInRange('\u0080', '\u009F')
        ? string.Concat(text.Select(c => c is >= '\u0080' and <= '\u009F' ? HtmlEntities.OfWindows1252(c) : c))
        : text;

    private static string Once(string text)
    {
        if (Ascii.IsValid(text) || !Mojibake.IsIn(text))
        {
            return text;
        }

        foreach (var encoding in SingleByteEncoding.Known)
        {
            if (encoding.TryEncode(text, out var bytes) && Decode(bytes, encoding) is { } decoded)
            {
                return decoded;
            }
        }

        // No encoding fits all of it: what looks like UTF-8 by itself is repaired alone.
        var repaired = Mojibake.Runs.Replace(text, run => run.Length < text.Length && Mojibake.IsIn(run.Value) ? Of(run.Value) : run.Value);
        return repaired == text ? OfControls(text) : repaired;
    }

    private static string? Decode(byte[] bytes, SingleByteEncoding encoding)
    {
        var units = Encoding.Latin1.GetString(bytes);
        if (encoding.HasSpaces && LostSpace.IsMatch(units))
        {
            units = LostSpace.Replace(WordOfOneLetter.Replace(units, "\xC3\xA0 "), match => match.Value.Replace(' ', '\xA0'));
        }

        if (encoding.IsSloppy)
        {
            units = LostByte.Replace(units, "\xEF\xBF\xBD");
        }

        return FromUtf8(units);
    }

    /// <summary>UTF-8, or what CESU-8 and Java make of it: a surrogate pair as two sequences of three bytes, and two bytes for U+0000.</summary>
    private static string? FromUtf8(string units)
    {
        var result = new StringBuilder(units.Length);
        try
        {
            var begin = 0;
            for (var i = 0; i < units.Length; i++)
            {
                var rest = units.AsSpan(i);
                var (length, characters) = rest switch
                {
                    ['\xC0', '\x80', ..] => (2, "\0"),
                    ['\xED', >= '\xA0' and <= '\xAF', >= '\x80' and <= '\xBF', '\xED', >= '\xB0' and <= '\xBF', >= '\x80' and <= '\xBF', ..]
                        => (6, string.Concat(Half(rest), Half(rest[3..]))),
                    _ => (0, ""),
                };
                if (length > 0)
                {
                    result.Append(Strict.GetString(Encoding.Latin1.GetBytes(units[begin..i]))).Append(characters);
                    begin = i + length;
                    i = begin - 1;
                }
            }

            return result.Append(Strict.GetString(Encoding.Latin1.GetBytes(units[begin..]))).ToString();
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static string Half(ReadOnlySpan<char> units) => ((char)(0xD000 | ((units[1] & 0x3F) << 6) | (units[2] & 0x3F))).ToString();

    private static Regex Find(string pattern) => new(pattern, RegexOptions.CultureInvariant, Patience);
}
