using System.Globalization;
using System.Text;
using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Study;

/// <summary>A study's results as files to read: a page with tables and plots, and CSV of each.</summary>
internal static class StudyPage
{
    /// <summary>Writes tables and figures.</summary>
    /// <param name="record">The results.</param>
    /// <param name="source">The study's folder, with the pictures.</param>
    /// <param name="target">Where page, plots and CSV go; the same folder, or another, which gets copies of the pictures too.</param>
    /// <returns>The files that were written, but for the pictures.</returns>
    public static IReadOnlyList<string> Write(StudyRecord record, string source, string target)
    {
        var written = new List<string>();
        foreach (var table in record.Tables)
        {
            WriteText(written, target, $"tables/{table.Id}.csv", CsvText.Of(table.Columns.Select(Header), table.Rows));
        }

        foreach (var figure in record.Figures)
        {
            WriteText(written, target, $"figures/{figure.Id}.svg", Svg(figure));
            WriteText(written, target, $"figures/{figure.Id}.csv", CsvText.Of(
                ["series", Header(figure.X), Header(figure.Y), "label"],
                figure.Series.SelectMany(curve => curve.Points.Select(point => (IReadOnlyList<object?>)[curve.Name, point.X, point.Y, point.Label]))));
        }

        if (Path.GetFullPath(source) != Path.GetFullPath(target))
        {
            foreach (var image in record.Images)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, image.File))!);
                File.Copy(Path.Combine(source, image.File), Path.Combine(target, image.File), overwrite: true);
            }
        }

        WriteText(written, target, "README.md", Page(record));
        return written;
    }

    private static string Page(StudyRecord record)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Results of {record.Model}\n");
        text.Append("The paper's tables and figures (DiTFastAttn, arXiv 2406.08552) in miniature, with the paper's own figures beside where they compare. Written by one command:\n\n");
        text.Append(CultureInfo.InvariantCulture, $"    {record.Command}\n\n");
        var environment = record.Environment;
        text.Append(
            CultureInfo.InvariantCulture,
            $"{record.Points.Count} points; {environment.Runtime}, torch {environment.Torch}, {environment.Device}, {environment.Threads} thread(s).\n\n");
        foreach (var note in record.Notes)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {note}\n");
        }

        foreach (var table in record.Tables)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {Titled(table.Title, table.Paper)}\n");
            AppendTable(text, table.Columns, table.Rows);
            if (table is { PaperColumns: { } columns, PaperRows: { } rows })
            {
                text.Append("\nThe paper has:\n\n");
                AppendTable(text, columns, rows);
            }
        }

        foreach (var figure in record.Figures)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {Titled(figure.Title, figure.Paper)}\n![{figure.Title}](figures/{figure.Id}.svg)\n");
        }

        foreach (var image in record.Images)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {Titled(image.Title, image.Paper)}\n![{image.Alt}]({image.File})\n");
        }

        return text.ToString();
    }

    private static string Titled(string title, string? paper) => paper is null ? title : $"{paper}: {char.ToLowerInvariant(title[0])}{title[1..]}";

    private static void AppendTable(StringBuilder text, IReadOnlyList<TableRecord.Column> columns, IReadOnlyList<IReadOnlyList<object?>> rows)
    {
        text.Append("| ").AppendJoin(" | ", columns.Select(Header)).Append(" |\n|").Insert(text.Length, "---|", columns.Count).Append('\n');
        foreach (var row in rows)
        {
            text.Append("| ").AppendJoin(" | ", row.Select(cell => Cell(cell).Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
        }
    }

    /// <summary>A cell for people.</summary>
    internal static string Cell(object? cell) => cell switch
    {
        null => "",
        double number when double.IsInfinity(number) => "∞",
        double number when Math.Abs(number) >= 1000 => number.ToString("F0", CultureInfo.InvariantCulture),
        double number when Math.Abs(number) >= 10 => number.ToString("0.0#", CultureInfo.InvariantCulture),
        double number => number.ToString("0.####", CultureInfo.InvariantCulture),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString()!,
    };

    private static string Header(TableRecord.Column column) => column.Unit is { } unit ? $"{column.Name}, {unit}" : column.Name;

    private static string Header(FigureRecord.Axis axis) => axis.Unit is { } unit ? $"{axis.Label}, {unit}" : axis.Label;

    private static string Svg(FigureRecord figure) => CurveDrawing.Svg(
        figure.Title, Header(figure.X), Header(figure.Y),
        [.. figure.Series.Select(curve => new CurveDrawing.Curve(curve.Name, [.. curve.Points.Select(point => (point.X, point.Y, point.Label))]))]);

    private static void WriteText(List<string> written, string folder, string name, string text)
    {
        written.Add(name);
        var file = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        AtomicFile.WriteText(file, text);
    }
}
