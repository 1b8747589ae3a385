using System.Globalization;
using System.Text.Json;
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
        var file = Path.Combine(builder.Folder, StudyResults.FileName);
        if (!File.Exists(file))
        {
            if (File.Exists(Path.Combine(builder.Folder, "study.json")))
            {
                builder.Notes.Add($"The study is not finished: there is no {StudyResults.FileName} yet. What is there is shown.");
            }

            return;
        }

        var results = JsonResult.Read<StudyResults>(file, StudyResults.FormatName);
        builder.Found.Add("a study");
        builder.AddCommand(results.Command);
        builder.AddEnvironment((results.Environment ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal)).Select(field => KeyValuePair.Create(field.Key, Text(field.Value))));
        if (results.Model is { } model)
        {
            builder.AddEnvironment(model.ValueKind == JsonValueKind.Object ? Fields(model).Select(field => KeyValuePair.Create("model " + field.Key, field.Value)) : [KeyValuePair.Create("model", Text(model))]);
        }

        builder.Notes.AddRange(results.Notes ?? []);
        var points = results.Points ?? [];
        var names = points.Select(point => point.Reference).OfType<string>().Append(ReportPoint.Full).ToHashSet(StringComparer.Ordinal);
        var references = points.Where(point => names.Contains(point.Name)).DistinctBy(point => point.Name, StringComparer.Ordinal).ToDictionary(
            point => point.Name,
            point => (IReadOnlyDictionary<string, string>)PicturesOf(builder, point).ToDictionary(picture => picture.Name, picture => picture.File, StringComparer.Ordinal),
            StringComparer.Ordinal);
        foreach (var point in points)
        {
            Add(builder, point, references);
        }

        builder.Figures.AddRange(results.Figures ?? []);
        builder.Tables.AddRange((results.Tables ?? []).Select(table => Table(file, table)));
        foreach (var image in results.Images ?? [])
        {
            if (builder.Inside(image.File) is { } path)
            {
                builder.Images.Add(image with { File = path });
            }
            else
            {
                builder.Notes.Add($"image '{image.File}' lies outside the folder and is not shown.");
            }
        }
    }

    private static void Add(ReportBuilder builder, StudyResults.Point point, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> references)
    {
        builder.Points.Add(new ReportPoint
        {
            Name = point.Name,
            Part = point.Part,
            Settings = point.Settings is { ValueKind: JsonValueKind.Object } settings ? Fields(settings) : new Dictionary<string, string>(StringComparer.Ordinal),
            AttentionFlopsPercent = point.AttentionFlopsPercent,
            TotalFlopsPercent = point.TotalFlopsPercent,
            Seconds = point.Seconds,
            TransformerSeconds = point.TransformerSeconds,
            AttentionSeconds = point.AttentionSeconds,
            SearchSeconds = point.SearchSeconds,
            PeakStateBytes = point.PeakStateBytes,
            IsReference = references.ContainsKey(point.Name),
            Against = point.FullSeconds is null && point.FullAttentionSeconds is null ? null : new(point.FullSeconds, point.FullTransformerSeconds, point.FullAttentionSeconds),
            Metrics = (point.Metrics ?? new Dictionary<string, double?>(StringComparer.Ordinal)).Where(metric => metric.Value is not null).ToDictionary(metric => metric.Key, metric => metric.Value!.Value, StringComparer.Ordinal),
        });
        if (point.Plan is { Length: > 0 } plan)
        {
            if (builder.Inside(plan) is { } path)
            {
                builder.AddPlan(point.Name, path);
            }
            else
            {
                builder.Notes.Add($"plan '{plan}' lies outside the folder and is not shown.");
            }
        }

        if (!references.ContainsKey(point.Name) && PicturesOf(builder, point) is { Count: > 0 } pictures)
        {
            builder.Pictures.Add(new ReportBuilder.PictureRun(
                point.Name,
                pictures,
                references.GetValueOrDefault(point.Reference ?? ReportPoint.Full) ?? new Dictionary<string, string>(StringComparer.Ordinal),
                (point.PerPicture ?? []).Where(picture => picture.Psnr is not null).GroupBy(picture => Path.GetFileNameWithoutExtension(picture.Name), StringComparer.Ordinal)
                    .ToDictionary(group => group.Key, group => group.First().Psnr!.Value, StringComparer.Ordinal)));
        }
    }

    /// <summary>The pictures that a point names, or else those in its folder.</summary>
    private static List<(string Name, string File)> PicturesOf(ReportBuilder builder, StudyResults.Point? point)
    {
        if (point is null)
        {
            return [];
        }

        IEnumerable<string> files = (point.Pictures ?? []).Select(builder.Inside).OfType<string>();
        if (point.Pictures is not { Count: > 0 } && builder.Inside(Path.Combine("pictures", point.Name)) is { } folder && Directory.Exists(folder))
        {
            files = Directory.EnumerateFiles(folder).Where(file => PictureReader.Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);
        }

        return [.. files.Select(file => (Path.GetFileNameWithoutExtension(file), file)).DistinctBy(picture => picture.Item1, StringComparer.Ordinal)];
    }

    private static ReportTable Table(string file, StudyResults.Table table)
    {
        var paper = table.PaperColumns ?? (table.PaperRows is { Count: > 0 } ? table.Columns : []);
        return new ReportTable(table.Id, table.Title, table.Columns, Rows(table.Columns, table.Rows), table.Paper, paper, Rows(paper, table.PaperRows ?? []));

        IReadOnlyList<IReadOnlyList<object?>> Rows(IReadOnlyList<ReportTable.Column> columns, IReadOnlyList<IReadOnlyList<JsonElement>> rows) => [.. rows.Select(row => row.Count == columns.Count
            ? (IReadOnlyList<object?>)[.. row.Select(Cell)]
            : throw new UserErrorException(Invariant($"'{file}': table '{table.Id}' has {columns.Count} columns and a row of {row.Count} cells; let the study write it anew.")))];
    }

    private static object? Cell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when value.GetString() is "NaN" or "Infinity" or "-Infinity" => double.Parse(value.GetString()!, CultureInfo.InvariantCulture),
        _ => Text(value),
    };

    private static Dictionary<string, string> Fields(JsonElement value)
        => value.EnumerateObject().Where(field => field.Value.ValueKind != JsonValueKind.Null).ToDictionary(field => field.Name, field => Text(field.Value), StringComparer.Ordinal);

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
