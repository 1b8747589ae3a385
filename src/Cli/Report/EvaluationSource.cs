using DiTFastAttn.Cli.Evaluate;
using DiTFastAttn.Cli.Study;
using DiTFastAttn.Evaluation;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Report;

/// <summary>What <c>evaluate</c> leaves in a folder.</summary>
internal static class EvaluationSource
{
    /// <summary>Adds an evaluation, where there is one.</summary>
    /// <exception cref="UserErrorException">Its record is damaged, or of a format that is not known.</exception>
    public static void Read(ReportBuilder builder)
    {
        var file = Path.Combine(builder.Folder, EvaluationRecord.FileName);
        if (!File.Exists(file))
        {
            return;
        }

        var record = JsonResult.Read<EvaluationRecord>(file, EvaluationRecord.FormatName);
        var name = NameOf(record.Pictures.Name);
        builder.Found.Add("an evaluation");
        builder.Title ??= $"Evaluation of {name}";
        builder.AddCommand(record.Command);
        builder.AddEnvironment(record.Environment);
        builder.Notes.AddRange(record.Notes);
        foreach (var set in new[] { record.Pictures, record.Real, record.Reference }.OfType<EvaluationRecord.SetRecord>())
        {
            builder.Notes.AddRange(set.Skipped.Select(skipped => $"left out of the evaluation: {set.Name}/{skipped.Name}: {skipped.Reason}"));
        }

        builder.Points.Add(new ReportPoint { Name = name, Metrics = record.Metrics });
        builder.Tables.Add(new TableRecord(
            "metrics",
            Invariant($"Metrics of {record.Pictures.Count} pictures of {record.Pictures.Name}"),
            Paper: null,
            [new("metric"), new("value")],
            [.. record.Metrics.Select(metric => (IReadOnlyList<object?>)[metric.Key, metric.Value])]));
        builder.Tables.Add(Pictures(record));
        builder.Tables.Add(new TableRecord(
            "evaluation-settings", "What the metrics depend on", Paper: null, [new("setting"), new("value")], [.. record.Settings.Select(setting => (IReadOnlyList<object?>)[setting.Key, setting.Value])]));
        AddPictures(builder, record, name);
    }

    private static string NameOf(string set) => Path.GetFileName(Path.TrimEndingDirectorySeparator(set)) is { Length: > 0 } name ? name : set;

    /// <summary>Those columns only that were measured.</summary>
    private static TableRecord Pictures(EvaluationRecord record)
    {
        (TableRecord.Column Column, Func<EvaluationRecord.PictureRecord, double?> Value)[] all =
        [
            (new("PSNR", "dB"), picture => picture.Psnr), (new("SSIM"), picture => picture.Ssim), (new("LPIPS"), picture => picture.Lpips), (new("CLIPScore"), picture => picture.ClipScore),
        ];
        var measured = all.Where(entry => record.PerPicture.Any(picture => entry.Value(picture) is not null)).ToList();
        return new TableRecord(
            "pictures",
            "Picture by picture",
            Paper: null,
            [new("picture"), .. measured.Select(entry => entry.Column)],
            [.. record.PerPicture.Select(picture => (IReadOnlyList<object?>)[picture.Name, .. measured.Select(entry => (object?)entry.Value(picture))])]);
    }

    private static void AddPictures(ReportBuilder builder, EvaluationRecord record, string name)
    {
        if (Files(builder, record.Pictures) is not { } files)
        {
            return;
        }

        var references = record.Reference is { } reference ? Files(builder, reference) : null;
        var byName = (references ?? []).GroupBy(entry => Path.ChangeExtension(entry.Name, null), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First().File, StringComparer.Ordinal);

        // As `evaluate` pairs them: by name whatever the ending, else by place.
        var areNamed = files.All(entry => byName.ContainsKey(Path.ChangeExtension(entry.Name, null)));
        var paired = files.Select((entry, place) => (
            entry.Name, Reference: areNamed ? byName[Path.ChangeExtension(entry.Name, null)] : references?.Count == files.Count ? references[place].File : null));
        builder.Pictures.Add(new ReportBuilder.PictureRun(
            name,
            files,
            paired.Where(pair => pair.Reference is not null).ToDictionary(pair => pair.Name, pair => pair.Reference!, StringComparer.Ordinal),
            record.PerPicture.Where(picture => picture.Psnr is not null).ToDictionary(picture => picture.Name, picture => picture.Psnr!.Value, StringComparer.Ordinal)));
    }

    /// <summary>The files of a set, or <see langword="null"/> where they are not there any more, which is noted.</summary>
    private static IReadOnlyList<(string Name, string File)>? Files(ReportBuilder builder, EvaluationRecord.SetRecord set)
    {
        if (!Directory.Exists(set.Name))
        {
            builder.Notes.Add($"The pictures of '{set.Name}' are not shown: {(File.Exists(set.Name) ? "it is no folder" : "there is no such folder from here")}.");
            return null;
        }

        try
        {
            using var pictures = PictureSet.Open(set.Name);
            if (pictures.Fingerprint != set.Fingerprint)
            {
                builder.Notes.Add($"The pictures of '{set.Name}' are not those that were measured: names or sizes of files have changed since.");
            }

            return [.. pictures.Entries.Select(entry => (entry.Name, Path.GetFullPath(Path.Combine(set.Name, entry.Name))))];
        }
        catch (EvaluationException error)
        {
            builder.Notes.Add(error.Message);
            return null;
        }
    }
}
