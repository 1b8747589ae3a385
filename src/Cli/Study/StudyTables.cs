using Spectre.Console;

namespace DiTFastAttn.Cli.Study;

/// <summary>A study's tables in the terminal.</summary>
internal static class StudyTables
{
    /// <summary>Writes them to stdout.</summary>
    public static void Print(Terminal terminal, StudyRecord record)
    {
        foreach (var table in record.Tables)
        {
            terminal.Line(table.Paper is { } paper ? $"{paper}: {table.Title}" : table.Title);
            var drawn = new Table().Border(TableBorder.Simple);
            foreach (var column in table.Columns)
            {
                drawn.AddColumn(Markup.Escape(column.Unit is { } unit ? $"{column.Name}, {unit}" : column.Name));
            }

            foreach (var row in table.Rows)
            {
                drawn.AddRow([.. row.Select(cell => Markup.Escape(StudyPage.Cell(cell)))]);
            }

            terminal.Write(drawn);
        }

        foreach (var note in record.Notes)
        {
            terminal.Line("note: " + note);
        }
    }
}
