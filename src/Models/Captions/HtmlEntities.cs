using System.Globalization;
using System.Reflection;
using System.Text;

namespace DiTFastAttn.Models.Captions;

/// <summary>The named characters of HTML 5, and texts with character references decoded as Python's <c>html.unescape</c> does.</summary>
internal static class HtmlEntities
{
    private const string Resource = "html5-entities.txt";
    private const int LongestName = 32;

    // What browsers make of the numbers 128 to 159: Windows-1252, where it has a character.
    internal const string Windows1252 =
        "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

    private static readonly Dictionary<string, string> Names = Read();

    private static readonly Lazy<Dictionary<string, string>> Capitals = new(ReadCapitals);

    /// <summary>The characters of a name with its semicolon, as in <c>amp;</c>; some names are known without one too.</summary>
    public static string? Find(string name) => Names.GetValueOrDefault(name);

    /// <summary>The characters in capitals of a small name that somebody put into capitals, as in <c>EACUTE;</c>, where that can be nothing else.</summary>
    public static string? FindCapitals(string name) => Capitals.Value.GetValueOrDefault(name);

    /// <summary>The character in Windows-1252 of a byte from 128 to 159.</summary>
    public static char OfWindows1252(int value) => Windows1252[value - 0x80];

    /// <summary>Decodes all references, the ones without a semicolon too where HTML 5 knows them.</summary>
    public static string Unescape(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '&' || Reference(text, at, out var length) is not { } characters)
            {
                result.Append(text[at]);
                continue;
            }

            result.Append(characters);
            at += length - 1;
        }

        return result.ToString();
    }

    private static string? Reference(string text, int at, out int length)
    {
        length = 0;
        if (at + 1 < text.Length && text[at + 1] == '#')
        {
            return Numeric(text, at, out length);
        }

        var end = at + 1;
        while (end < text.Length && end - at <= LongestName && !"\t\n\f <&#;".Contains(text[end], StringComparison.Ordinal))
        {
            end++;
        }

        if (end == at + 1)
        {
            return null;
        }

        var name = text[(at + 1)..end];
        if (end < text.Length && text[end] == ';' && Find(name + ";") is { } whole)
        {
            length = end + 1 - at;
            return whole;
        }

        // The longest known name that it begins with.
        for (var known = name.Length; known > 1; known--)
        {
            if (Find(name[..known]) is { } part)
            {
                length = known + 1;
                return part;
            }
        }

        return null;
    }

    private static string? Numeric(string text, int at, out int length)
    {
        var isHex = at + 2 < text.Length && text[at + 2] is 'x' or 'X';
        var start = at + (isHex ? 3 : 2);
        var end = start;
        while (end < text.Length && (isHex ? char.IsAsciiHexDigit(text[end]) : char.IsAsciiDigit(text[end])))
        {
            end++;
        }

        length = end - at + (end < text.Length && text[end] == ';' ? 1 : 0);
        if (end == start)
        {
            return null;
        }

        // More digits than any character has are too large a number.
        var digits = text[start..end].TrimStart('0');
        var number = digits.Length > 8 ? int.MaxValue : digits.Length == 0 ? 0 : (int)Math.Min(int.MaxValue, Convert.ToInt64(digits, isHex ? 16 : 10));
        return number switch
        {
            0 or > 0x10FFFF or (>= 0xD800 and <= 0xDFFF) => "\uFFFD",
            0x0D => "\r",
            >= 0x80 and <= 0x9F => OfWindows1252(number).ToString(),
            _ when IsNoCharacter(number) => "",
            _ => char.ConvertFromUtf32(number),
        };
    }

    private static bool IsNoCharacter(int number)
        => number is (>= 1 and <= 8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or (>= 0xFDD0 and <= 0xFDEF) || (number & 0xFFFE) == 0xFFFE;

    private static Dictionary<string, string> ReadCapitals()
        => Names.Where(name => name.Key.EndsWith(';') && name.Key == name.Key.ToLowerInvariant())
            .Select(name => (Name: name.Key.ToUpperInvariant(), Characters: PythonUpper.Of(name.Value)))
            .Where(name => Unescape("&" + name.Name) == "&" + name.Name)
            .ToDictionary(name => name.Name, name => name.Characters, StringComparer.Ordinal);

    private static Dictionary<string, string> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the library was built without '{Resource}'.");
        using var reader = new StreamReader(stream);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            var parts = line.Split(' ');
            names[parts[0]] = string.Concat(parts.Skip(1).Select(code => char.ConvertFromUtf32(int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));
        }

        return names;
    }
}
