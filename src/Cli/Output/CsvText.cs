using System.Globalization;
using System.Text;

namespace DiTFastAttn.Cli;

/// <summary>CSV files (RFC 4180).</summary>
internal static class CsvText
{
    /// <summary>A file's text.</summary>
    /// <param name="header">The columns' names.</param>
    /// <param name="rows">Texts, numbers and nulls.</param>
    public static string Of(IEnumerable<string> header, IEnumerable<IReadOnlyList<object?>> rows)
    {
        var text = new StringBuilder();
        text.AppendJoin(',', header.Select(Quote)).Append('\n');
        foreach (var row in rows)
        {
            text.AppendJoin(',', row.Select(cell => Quote(cell switch
            {
                null => "",
                double number => number.ToString("R", CultureInfo.InvariantCulture),
                IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
                _ => cell.ToString()!,
            }))).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A cell as it stands in a line: in quotes where it has to be.</summary>
    public static string Quote(string text)
        => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
