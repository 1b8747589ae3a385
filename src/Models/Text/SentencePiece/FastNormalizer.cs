using System.Buffers;
using System.Globalization;
using System.Text;

namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>
/// Normalising and splitting into words as Hugging Face's Rust tokenizers do it for T5: the table is asked for whole graphemes first, and then for
/// single characters.
/// </summary>
internal static class FastNormalizer
{
    private const int LongestGrapheme = 5;

    /// <summary>The words of a text, each with U+2581 in front.</summary>
    /// <param name="map">The table of replacements, or <see langword="null"/>.</param>
    /// <param name="text">The text.</param>
    /// <param name="splitsAtAnySpace">Whether every white space ends a word, and not U+0020 alone.</param>
    public static IEnumerable<string> Words(CharsMap? map, string text, bool splitsAtAnySpace)
    {
        var normalized = (map is null ? text : Replace(map, text)).TrimEnd();
        if (splitsAtAnySpace)
        {
            return normalized.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).SelectMany(Pieces);
        }

        return normalized.Length == 0 ? [] : Pieces(CollapseSpaces(normalized).Replace(' ', '▁'));
    }

    /// <summary>Cuts before every U+2581, and puts one in front where there is none.</summary>
    private static IEnumerable<string> Pieces(string word)
    {
        var marked = word.StartsWith('▁') ? word : "▁" + word;
        for (var start = 0; start < marked.Length;)
        {
            var next = marked.IndexOf('▁', start + 1);
            var end = next < 0 ? marked.Length : next;
            yield return marked[start..end];
            start = end;
        }
    }

    private static string CollapseSpaces(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var end = i;
            while (end < text.Length && text[end] == ' ')
            {
                end++;
            }

            result.Append(end - i > 1 ? '▁' : text[i]);
            i = end - i > 1 ? end - 1 : i;
        }

        return result.ToString();
    }

    private static string Replace(CharsMap map, string text)
    {
        var result = new ArrayBufferWriter<byte>(text.Length + 1);
        for (var start = 0; start < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text, start);
            var grapheme = Encoding.UTF8.GetBytes(text, start, length).AsSpan();
            start += length;
            if (grapheme.Length <= LongestGrapheme && map.TryShortest(grapheme, out var whole))
            {
                result.Write(whole);
                continue;
            }

            while (!grapheme.IsEmpty)
            {
                var part = grapheme[..Utf8.CharLength(grapheme)];
                result.Write(map.TryShortest(part, out var replacement) ? replacement : part);
                grapheme = grapheme[part.Length..];
            }
        }

        return Encoding.UTF8.GetString(result.WrittenSpan);
    }
}
