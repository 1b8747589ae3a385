using System.Globalization;
using DiTFastAttn.Cli.Study;
using DiTFastAttn.Models;
using Spectre.Console;

namespace DiTFastAttn.Cli.Report;

/// <summary>A report's tables in the terminal and as CSV.</summary>
internal static class ReportTables
{
    /// <summary>Longer tables are cut in the terminal; the files have all.</summary>
    private const int MostRows = 30;

    /// <summary>Writes summary, tables and notes to stdout.</summary>
    public static void Print(Terminal terminal, ReportContent content)
    {
        terminal.Line(content.Title);
        if (content.First is { } first)
        {
            terminal.Line($"summary of '{first.Name}', {first.Reason}:");
            var table = new Table().Border(TableBorder.Simple).HideHeaders().AddColumns("", "", "");
            foreach (var card in content.Summaries.First(summary => summary.Name == first.Name).Cards)
            {
                table.AddRow(card.Name, $"{card.Value} {card.Unit}".TrimEnd(), Markup.Escape(card.Meaning));
            }

            terminal.Write(table);
        }

        foreach (var table in content.Tables)
        {
            terminal.Line($"{table.Title}{(table.Paper is { } paper ? $" ({paper})" : "")}");
            terminal.Write(Draw(table.Columns, table.Rows));
            if (table.Rows.Count > MostRows)
            {
                terminal.Line(string.Create(CultureInfo.InvariantCulture, $"… and {table.Rows.Count - MostRows} rows more: --csv DIR writes all."));
            }

            if (table.PaperRows is { Count: > 0 } rows)
            {
                terminal.Line($"{table.Paper ?? table.Title}, in the paper");
                terminal.Write(Draw(table.PaperColumns!, rows));
            }
        }

        foreach (var note in content.Notes)
        {
            terminal.Line("note: " + note);
        }
    }

    /// <summary>Writes tables and figures: <c>tables/ID.csv</c>, <c>figures/ID.csv</c>.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="content">The report.</param>
    public static void WriteCsv(string folder, ReportContent content)
    {
        Write("tables", content.Tables.Select(table => (table.Id, CsvText.Of([.. table.Columns.Select(Heading)], table.Rows)))
            .Concat(content.Tables.Where(table => table.PaperRows is { Count: > 0 }).Select(table => (table.Id + "-paper", CsvText.Of([.. table.PaperColumns!.Select(Heading)], table.PaperRows!)))));
        Write("figures", content.Figures.Select(figure => (figure.Id, CsvText.Of(
            ["series", Heading(figure.X), Heading(figure.Y), "label"],
            [.. figure.Series.SelectMany(line => line.Points.Select(mark => (IReadOnlyList<object?>)[line.Name, mark.X, mark.Y, mark.Label]))]))));

        void Write(string name, IEnumerable<(string Id, string Text)> files)
        {
            var place = Path.Combine(folder, name);
            Directory.CreateDirectory(place);
            var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var (id, text) in files)
            {
                // An id is what somebody wrote into a file of results: it must not lead elsewhere.
                var plain = string.Concat(id.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '-'));
                var free = plain;
                for (var number = 2; !taken.Add(free); number++)
                {
                    free = string.Create(CultureInfo.InvariantCulture, $"{plain}-{number}");
                }

                AtomicFile.WriteText(Path.Combine(place, free + ".csv"), text);
            }
        }
    }

    private static Table Draw(IReadOnlyList<TableRecord.Column> columns, IReadOnlyList<IReadOnlyList<object?>> rows)
    {
        var drawn = new Table().Border(TableBorder.Simple);
        foreach (var (column, place) in columns.Select((column, place) => (column, place)))
        {
            drawn.AddColumn(new TableColumn(Markup.Escape(Heading(column))) { Alignment = rows.Any(row => row[place] is double) ? Justify.Right : Justify.Left });
        }

        foreach (var row in rows.Take(MostRows))
        {
            drawn.AddRow([.. row.Select(cell => Markup.Escape(Shown(cell)))]);
        }

        return drawn;
    }

    private static string Shown(object? cell) => cell switch
    {
        null => "",
        double number when !double.IsFinite(number) || number == Math.Round(number) => number.ToString("0.#", CultureInfo.InvariantCulture),
        double number => number.ToString(Math.Abs(number) switch { >= 100 => "F1", >= 1 => "F2", >= 0.001 => "F4", _ => "G3" }, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };

    private static string Heading(TableRecord.Column column) => string.IsNullOrEmpty(column.Unit) ? column.Name : $"{column.Name}, {column.Unit}";

    private static string Heading(FigureRecord.Axis axis) => string.IsNullOrEmpty(axis.Unit) ? axis.Label : $"{axis.Label}, {axis.Unit}";
}
