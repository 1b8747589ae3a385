using System.Text;
using System.Text.RegularExpressions;
using DiTFastAttn.Models.Captions;

namespace DiTFastAttn.Models;

/// <summary>Prompts as PixArt's pipelines prepare them for the tokenizer.</summary>
public static class PixArtCaption
{
    // Python's \w, \b and \s: letters, all numerics and the underscore, but no combining marks; and four separators more than .NET's white space.
    private const string Word = @"\p{L}\p{Nd}\p{Nl}\p{No}_";
    private const string Edge = $"(?:(?<=[{Word}])(?![{Word}])|(?<![{Word}])(?=[{Word}]))";
    private const string Space = @"[\s\x1c-\x1f]";
    private const string Ending = "(?:png|jpg|jpeg|bmp|webp|eps|pdf|apk|mp4)";
    private const string Site = $@"[a-zA-Z0-9.\-]+[.](?:com|co|ru|net|org|edu|gov|it)[{Word}/-]*{Edge}\/?(?!@)";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly (Regex Find, string Replace)[] BeforeHtml =
    [
        (Find("<person>"), "person"),
        (Find($@"{Edge}((?:https?:(?:\/{{1,3}}|[a-zA-Z0-9%])|{Site}))"), ""),
        (Find($@"{Edge}((?:www:(?:\/{{1,3}}|[a-zA-Z0-9%])|{Site}))"), ""),
    ];

    private static readonly (Regex Find, string Replace)[] BehindHtml =
    [
        (Find($"@[{Word}]+{Edge}"), ""),
        (Find(@"[\u31c0-\u4dff\u4e00-\u9fff]+"), ""),
        (Find(@"[\u002D\u058A\u05BE\u1400\u1806\u2010-\u2015\u2E17\u2E1A\u2E3A\u2E3B\u2E40\u301C\u3030\u30A0\uFE31\uFE32\uFE58\uFE63\uFF0D]+"), "-"),
        (Find("[`´«»“”¨]"), "\""),
        (Find("[‘’]"), "'"),
        (Find("&quot;?"), ""),
        (Find("&amp"), ""),
        (Find(@"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"), " "),
        (Find($@"\d:\d\d{Space}+$"), ""),
        (Find(@"\\n"), " "),
        (Find($@"#\d{{1,3}}{Edge}"), ""),
        (Find($@"#\d{{5,}}{Edge}"), ""),
        (Find($@"{Edge}\d{{6,}}{Edge}"), ""),
        (Find($@"[^\s\x1c-\x1f]+\.{Ending}"), ""),
        (Find("[\"']{2,}"), "\""),
        (Find(@"[\.]{2,}"), " "),
        (Find(@"[#®•©™&@·º½¾¿¡§~\)\(\]\[\}\{\|\\\/\*]+"), " "),
        (Find($@"{Space}+\.{Space}+"), " "),
    ];

    private static readonly (Regex Find, string Replace)[] BehindRepair =
    [
        (Find($@"{Edge}[a-zA-Z]{{1,3}}\d{{3,15}}{Edge}"), ""),
        (Find($@"{Edge}[a-zA-Z]+\d+[a-zA-Z]+{Edge}"), ""),
        (Find($@"{Edge}\d+[a-zA-Z]+\d+{Edge}"), ""),
        (Find($"(worldwide{Space}+)?(free{Space}+)?shipping"), ""),
        (Find($"(free{Space})?download({Space}free)?"), ""),
        (Find($"{Edge}click{Edge}{Space}(?:for|on){Space}[{Word}]+"), ""),
        (Find($"{Edge}{Ending}({Space}image[s]?)?"), ""),
        (Find($@"{Edge}page{Space}+\d+{Edge}"), ""),
        (Find($@"{Edge}\d*[a-zA-Z]+\d+[a-zA-Z]+\d+[a-zA-Z\d]*{Edge}"), " "),
        (Find($@"{Edge}\d+\.?\d*[xх×]\d+\.?\d*{Edge}"), ""),
        (Find($@"{Edge}{Space}+\:{Space}+"), ": "),
        (Find($@"([^\d][,\./]){Edge}"), "$1 "),
        (Find($"{Space}+"), " "),
        (Find("^[\"']([\\s\\S]+)[\"']$"), "$1"),
        (Find(@"^['_,\-\:;]"), ""),
        (Find(@"['_,\-\:\-\+]$"), ""),
        (Find(@"^\.[^\s\x1c-\x1f]+$"), ""),
    ];

    private static readonly Regex Joint = Find(@"[\-_]");

    /// <summary>A prompt as the text encoder is given it.</summary>
    /// <param name="prompt">The user's prompt.</param>
    /// <param name="clean">Whether to take out what is no description, twice as the pipelines do; else it is only lowered and stripped.</param>
    public static string Prepare(string prompt, bool clean = true)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return clean ? CleanOnce(CleanOnce(prompt)) : Strip(PythonLower.Of(prompt));
    }

    /// <summary>One pass of cleaning.</summary>
    /// <param name="prompt">The user's prompt, or what a pass gave.</param>
    /// <param name="stripsRepaired">Whether the repaired text is stripped before the last rules, as OpenSora does and PixArt does not.</param>
    internal static string CleanOnce(string prompt, bool stripsRepaired = false)
    {
        const int MostJoints = 3;
        var caption = Replace(PythonLower.Of(Strip(Unquote(prompt))), BeforeHtml);
        caption = Replace(HtmlText.Of(caption), BehindHtml);
        if (Joint.Count(caption) > MostJoints)
        {
            caption = Joint.Replace(caption, " ");
        }

        caption = HtmlEntities.Unescape(HtmlEntities.Unescape(TextRepair.Of(caption)));
        return Strip(Replace(stripsRepaired ? Strip(caption) : caption, BehindRepair));
    }

    private static string Replace(string caption, (Regex Find, string Replace)[] rules)
        => rules.Aggregate(caption, (text, rule) => rule.Find.Replace(text, rule.Replace));

    private static Regex Find(string pattern) => new(pattern, RegexOptions.CultureInvariant, Patience);

    /// <summary>Percent-decoding with + as space, as for a form.</summary>
    private static string Unquote(string text)
    {
        text = text.Replace('+', ' ');
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
                i += 2;
            }
            else if (char.IsAscii(text[i]))
            {
                bytes.Add((byte)text[i]);
            }
            else
            {
                Flush();
                result.Append(text[i]);
            }
        }

        Flush();
        return result.ToString();

        void Flush()
        {
            result.Append(Encoding.UTF8.GetString([.. bytes]));
            bytes.Clear();
        }
    }

    private static string Strip(string text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && IsSpace(text[start]))
        {
            start++;
        }

        while (end > start && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';
}
