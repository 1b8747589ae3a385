namespace DiTFastAttn.Cli;

/// <summary>Cells of CSV files (RFC 4180).</summary>
internal static class CsvText
{
    /// <summary>A cell as it stands in a line: in quotes where it has to be.</summary>
    public static string Quote(string text)
        => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
