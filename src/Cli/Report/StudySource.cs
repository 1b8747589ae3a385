using System.Globalization;
using System.Text.Json;
using DiTFastAttn.Cli.Study;
using DiTFastAttn.Models;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Report;

/// <summary>What <c>evaluate study.json</c> leaves in a folder.</summary>
internal static class StudySource
{
    /// <summary>Adds a study, where there is one.</summary>
    /// <exception cref="UserErrorException">Its results are damaged, or of a format that is not known.</exception>
    public static void Read(ReportBuilder builder)
    {
        var file = Path.Combine(builder.Folder, StudyRecord.FileName);
        if (!File.Exists(file))
        {
            if (File.Exists(Path.Combine(builder.Folder, "study.json")))
            {
                builder.Notes.Add($"The study is not finished: there is no {StudyRecord.FileName} yet. What is there is shown.");
            }

            return;
        }

        var results = JsonResult.Read<StudyRecord>(file, StudyRecord.FormatName);
        builder.Found.Add("a study");
        builder.Title ??= $"Study of {results.Model}";
        builder.AddCommand(results.Command);
        builder.AddEnvironment(results.Environment);
        builder.AddEnvironment([new("model", results.Model)]);
        builder.Notes.AddRange(results.Notes);
        var points = results.Points;
        var names = points.Select(point => point.Reference).OfType<string>().Append(ReportPoint.Full).ToHashSet(StringComparer.Ordinal);
        var references = points.Where(point => names.Contains(point.Name)).DistinctBy(point => point.Name, StringComparer.Ordinal).ToDictionary(
            point => point.Name,
            point => (IReadOnlyDictionary<string, string>)PicturesOf(builder, point).ToDictionary(picture => picture.Name, picture => picture.File, StringComparer.Ordinal),
            StringComparer.Ordinal);
        foreach (var point in points)
        {
            Add(builder, point, references);
        }

        builder.Figures.AddRange(results.Figures.Select(Figure));
        builder.Tables.AddRange(results.Tables.Select(table => Table(file, table)));
        foreach (var image in results.Images)
        {
            if (builder.Inside("image", image.File) is { } path)
            {
                builder.Images.Add(image with { File = path });
            }
        }
    }

    private static void Add(ReportBuilder builder, PointRecord point, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> references)
    {
        builder.Points.Add(new ReportPoint
        {
            Name = point.Name,
            Part = point.Part,
            Reference = point.Reference,
            Settings = point.Settings,
            AttentionFlopsPercent = point.AttentionFlopsPercent,
            TotalFlopsPercent = point.TotalFlopsPercent,
            Seconds = point.Seconds,
            TransformerSeconds = point.TransformerSeconds,
            AttentionSeconds = point.AttentionSeconds,
            SearchSeconds = point.SearchSeconds,
            PeakStateBytes = point.PeakStateBytes,
            IsReference = references.ContainsKey(point.Name),
            Against = point.FullSeconds is null && point.FullAttentionSeconds is null ? null : new(point.FullSeconds, point.FullTransformerSeconds, point.FullAttentionSeconds),
            Metrics = point.Metrics,
        });
        if (point.Plan is { Length: > 0 } plan && builder.Inside("plan", plan) is { } path)
        {
            builder.AddPlan(point.Name, path);
        }

        if (!references.ContainsKey(point.Name) && PicturesOf(builder, point) is { Count: > 0 } pictures)
        {
            builder.Pictures.Add(new ReportBuilder.PictureRun(
                point.Name,
                pictures,
                references.GetValueOrDefault(point.Reference ?? ReportPoint.Full) ?? new Dictionary<string, string>(StringComparer.Ordinal),
                point.PerPicture.GroupBy(picture => Path.GetFileNameWithoutExtension(picture.Name), StringComparer.Ordinal)
                    .ToDictionary(group => group.Key, group => group.First().Psnr, StringComparer.Ordinal)));
        }
    }

    /// <summary>The pictures that a point names, or else those in its folder.</summary>
    private static List<(string Name, string File)> PicturesOf(ReportBuilder builder, PointRecord point)
    {
        IEnumerable<string> files = point.Pictures.Select(builder.Inside).OfType<string>();
        if (point.Pictures.Count == 0 && builder.Inside(Path.Combine("pictures", point.Name)) is { } folder && Directory.Exists(folder))
        {
            files = Directory.EnumerateFiles(folder).Where(file => PictureReader.Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);
        }

        return [.. files.Select(file => (Path.GetFileNameWithoutExtension(file), file)).DistinctBy(picture => picture.Item1, StringComparer.Ordinal)];
    }

    private static ReportFigure Figure(FigureRecord figure) => new(
        figure.Id,
        figure.Title,
        figure.X,
        figure.Y,
        [.. figure.Series.Select(curve => new ReportFigure.Line(curve.Name, [.. curve.Points.Select(point => new ReportFigure.Mark(point.X, point.Y, point.Label))]))],
        figure.Paper);

    /// <summary>A table with texts and numbers in its cells, as no reader of JSON makes them.</summary>
    private static TableRecord Table(string file, TableRecord table)
    {
        var paper = table.PaperColumns ?? (table.PaperRows is { Count: > 0 } ? table.Columns : null);
        return table with { Rows = Rows(table.Columns, table.Rows), PaperColumns = paper, PaperRows = paper is null ? null : Rows(paper, table.PaperRows ?? []) };

        IReadOnlyList<IReadOnlyList<object?>> Rows(IReadOnlyList<TableRecord.Column> columns, IReadOnlyList<IReadOnlyList<object?>> rows) => [.. rows.Select(row => row.Count == columns.Count
            ? (IReadOnlyList<object?>)[.. row.Select(Cell)]
            : throw new UserErrorException(Invariant($"'{file}': table '{table.Id}' has {columns.Count} columns and a row of {row.Count} cells; let the study write it anew.")))];
    }

    private static object? Cell(object? cell) => cell is not JsonElement value ? cell : value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when value.GetString() is "NaN" or "Infinity" or "-Infinity" => double.Parse(value.GetString()!, CultureInfo.InvariantCulture),
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };
}
