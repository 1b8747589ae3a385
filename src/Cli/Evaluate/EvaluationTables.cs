using System.Globalization;
using System.Text;
using DiTFastAttn.Models;
using Spectre.Console;

namespace DiTFastAttn.Cli.Evaluate;

/// <summary>An evaluation as a table in the terminal and as CSV.</summary>
internal static class EvaluationTables
{
    /// <summary>Writes the metrics to stdout, and what a reader has to know below them.</summary>
    public static void Print(Terminal terminal, EvaluationRecord record)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("metric", "value");
        foreach (var (name, value) in record.Metrics)
        {
            table.AddRow(name, value.ToString(Math.Abs(value) < 1 ? "F6" : "F4", CultureInfo.InvariantCulture));
        }

        terminal.Write(table);
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{record.Pictures.Count} pictures of {record.Pictures.Name}, {record.Seconds:F1} s"));
        foreach (var note in record.Notes)
        {
            terminal.Line("note: " + note);
        }

        foreach (var set in new[] { record.Pictures, record.Real, record.Reference })
        {
            foreach (var skipped in set?.Skipped ?? [])
            {
                terminal.Line($"skipped: {set!.Name}/{skipped.Name}: {skipped.Reason}");
            }
        }
    }

    /// <summary>Writes the metrics: a line each.</summary>
    public static void WriteMetrics(string path, EvaluationRecord record)
    {
        var text = new StringBuilder("metric,value\n");
        foreach (var (name, value) in record.Metrics)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name},{value:R}\n");
        }

        AtomicFile.WriteText(path, text.ToString());
    }

    /// <summary>Writes what was measured of each picture: a line each.</summary>
    public static void WritePictures(string path, EvaluationRecord record)
    {
        var text = new StringBuilder("name,psnr,ssim,lpips,clip_score\n");
        foreach (var picture in record.PerPicture)
        {
            text.Append(CultureInfo.InvariantCulture, $"{CsvText.Quote(picture.Name)},{picture.Psnr:R},{picture.Ssim:R},{picture.Lpips:R},{picture.ClipScore:R}\n");
        }

        AtomicFile.WriteText(path, text.ToString());
    }
}
