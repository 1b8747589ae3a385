using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace DiTFastAttn.Models.Captions;

/// <summary>
/// The text of something that may be HTML, as BeautifulSoup on Python's parser gives it: tags, comments, declarations and the contents of scripts and
/// styles go, character references are decoded, and what only looks like HTML stays.
/// </summary>
internal static partial class HtmlText
{
    private static readonly string[] WithoutText = ["script", "style", "template", "rt", "rp"];

    // Python's locatestarttagend_tolerant.
    private const string StartTagPattern =
        """\G<[a-zA-Z][^\t\n\r\f />\x00]*(?:[\s/]*(?:(?<=['"\s/])[^\s/>][^\s/=>]*(?:\s*=+\s*(?:'[^']*'|"[^"]*"|(?!['"])[^>\s]*)\s*)?(?:\s|/(?!>))*)*)?\s*""";

    /// <summary>The text.</summary>
    public static string Of(string html)
    {
        var text = new StringBuilder(html.Length);
        var hidden = new Stack<string>();
        for (var at = 0; at < html.Length;)
        {
            var next = html.IndexOfAny(['<', '&'], at);
            var end = next < 0 ? html.Length : next;
            Append(html[at..end]);
            if (next < 0)
            {
                break;
            }

            at = html[next] == '&' ? Reference(html, next, Append) : Markup(html, next, hidden, Append);
        }

        return text.ToString();

        void Append(string part)
        {
            if (hidden.Count == 0)
            {
                text.Append(part);
            }
        }
    }

    private static int Markup(string html, int at, Stack<string> hidden, Action<string> append)
    {
        var rest = html.AsSpan(at);
        var end = rest switch
        {
            ['<', '/', ..] => EndTag(html, at, hidden),
            ['<', '!', '-', '-', ..] => After(html, "-->", at + 4),
            ['<', '!', '[', ..] => Section(html, at, append),
            ['<', '!', ..] or ['<', '?', ..] => After(html, ">", at + 2),
            ['<', var letter, ..] when char.IsAsciiLetter(letter) => StartTag(html, at, hidden, append),
            _ => at + 1,
        };
        if (end > at + 1)
        {
            return end;
        }

        if (end == at + 1)
        {
            append("<");
            return end;
        }

        // What begins like markup and never ends is text, up to where the next could begin.
        var close = html.IndexOf('>', at + 1);
        var open = html.IndexOf('<', at + 1);
        end = close >= 0 ? close + 1 : open >= 0 ? open : at + 1;
        append(html[at..end]);
        return end;
    }

    private static int After(string html, string mark, int from)
        => from <= html.Length && html.IndexOf(mark, from, StringComparison.Ordinal) is >= 0 and var found ? found + mark.Length : -1;

    private static int Section(string html, int at, Action<string> append)
    {
        const string Cdata = "<![cdata[";
        if (!html.AsSpan(at).StartsWith(Cdata, StringComparison.OrdinalIgnoreCase))
        {
            return After(html, ">", at + 3);
        }

        var end = html.IndexOf("]]>", at, StringComparison.Ordinal);
        if (end >= 0)
        {
            append(html[(at + Cdata.Length)..end]);
        }

        return end < 0 ? -1 : end + 3;
    }

    private static int StartTag(string html, int at, Stack<string> hidden, Action<string> append)
    {
        var match = StartTagRegex().Match(html, at);
        var end = at + match.Length;
        if (end >= html.Length)
        {
            return -1;
        }

        var closes = html.AsSpan(end).StartsWith("/>", StringComparison.Ordinal);
        if (!closes && html[end] != '>')
        {
            if (html[end] is '=' or '/' || char.IsAsciiLetter(html[end]))
            {
                return -1;
            }

            append(html[at..end]);
            return end;
        }

        end += closes ? 2 : 1;
        var name = TagName(html, at + 1);
        if (closes || !WithoutText.Contains(name, StringComparer.Ordinal))
        {
            return end;
        }

        hidden.Push(name);
        if (name is not ("script" or "style"))
        {
            return end;
        }

        // Nothing in a script is markup but its end.
        var close = html.IndexOf("</" + name, end, StringComparison.OrdinalIgnoreCase);
        return close < 0 ? html.Length : close;
    }

    private static int EndTag(string html, int at, Stack<string> hidden)
    {
        var end = html.IndexOf('>', at + 1);
        if (end >= 0 && hidden.Count > 0 && hidden.Peek() == TagName(html, at + 2))
        {
            hidden.Pop();
        }

        return end + 1 == 0 ? -1 : end + 1;
    }

    private static string TagName(string html, int from)
    {
        var end = from;
        while (end < html.Length && html[end] is not ('\t' or '\n' or '\r' or '\f' or ' ' or '/' or '>'))
        {
            end++;
        }

        return html[from..end].ToLowerInvariant();
    }

    private static int Reference(string html, int at, Action<string> append)
    {
        if (NumberRegex().Match(html, at) is { Success: true } number)
        {
            append(OfNumber(number.Groups["number"].Value));
            return at + number.Length - (number.Value[^1] == ';' ? 0 : 1);
        }

        if (html.AsSpan(at).StartsWith("&#", StringComparison.Ordinal))
        {
            append("&#");
            return at + 2;
        }

        if (NameRegex().Match(html, at) is { Success: true } name)
        {
            append(HtmlEntities.Find(name.Groups["name"].Value + ";") ?? "&" + name.Groups["name"].Value);
            return at + name.Length - (name.Value[^1] == ';' ? 0 : 1);
        }

        if (at + 1 < html.Length && char.IsAsciiLetter(html[at + 1]))
        {
            // A name at the very end of the text: it may go on, so it stays.
            append(html[at..]);
            return html.Length;
        }

        append("&");
        return at + 1;
    }

    private static string OfNumber(string text)
    {
        var isHex = text[0] is 'x' or 'X';
        var style = isHex ? NumberStyles.HexNumber : NumberStyles.None;
        if (!int.TryParse(isHex ? text[1..] : text, style, CultureInfo.InvariantCulture, out var number) || number > 0x10FFFF || number is >= 0xD800 and <= 0xDFFF)
        {
            return "\uFFFD";
        }

        return number switch
        {
            0x81 or 0x8D or 0x8F or 0x90 or 0x9D => ((char)number).ToString(),
            >= 0x80 and <= 0x9F => HtmlEntities.OfWindows1252(number).ToString(),
            _ => char.ConvertFromUtf32(number),
        };
    }

    [GeneratedRegex(StartTagPattern, RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex StartTagRegex();

    [GeneratedRegex(@"\G&#(?<number>[0-9]+|[xX][0-9a-fA-F]+)[^0-9a-fA-F]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex NumberRegex();

    [GeneratedRegex(@"\G&(?<name>[a-zA-Z][-.a-zA-Z0-9]*)[^a-zA-Z0-9]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex NameRegex();
}
