using System.Text.Json;
using System.Text.Json.Nodes;
using DiTFastAttn.Cli.Generate;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Report;

/// <summary>Folders of pictures that <c>generate</c> or <c>run</c> drew: the settings in each PNG say what it is and what it compares with.</summary>
internal static class PictureFolderSource
{
    /// <summary>What differs between two runs that draw the same pictures, one by a plan and one without.</summary>
    private static readonly string[] PlanFields = ["plan", "plan_sha256"];

    /// <summary>What differs from picture to picture.</summary>
    private static readonly string[] PictureFields = ["picture", "video", "label", "prompt", "negative_prompt", "references", "mask_strategy"];

    /// <summary>Adds the folder's pictures and those of the folders in it.</summary>
    public static void Read(ReportBuilder builder)
    {
        List<DrawnSet> sets = [.. Directory.EnumerateDirectories(builder.Folder).Order(StringComparer.Ordinal).Prepend(builder.Folder)
            .Select(folder => Open(folder, builder.Notes.Add)).OfType<DrawnSet>()];
        if (sets.Count == 0)
        {
            return;
        }

        builder.Found.Add(sets.Count == 1 ? "generated pictures" : FormattableString.Invariant($"{sets.Count} folders of generated pictures"));
        foreach (var set in sets)
        {
            var reference = set.Plan is null ? null : sets.Find(other => other.Plan is null && other.Settings == set.Settings);
            if (set.Plan is null && sets.Exists(other => other.Plan is not null && other.Settings == set.Settings))
            {
                // It is what the others are compared with.
                continue;
            }

            var name = NameOf(builder, set);
            builder.Pictures.Add(new ReportBuilder.PictureRun(
                name,
                set.Files,
                (reference?.Files ?? []).ToDictionary(picture => picture.Name, picture => picture.File, StringComparer.Ordinal),
                new Dictionary<string, double>(StringComparer.Ordinal)));
            if (set.Plan is { } plan && File.Exists(plan))
            {
                builder.AddPlan(name, plan);
            }
        }
    }

    /// <summary>The name that a run of this folder has already, or the folder's.</summary>
    private static string NameOf(ReportBuilder builder, DrawnSet set)
    {
        var folder = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(set.Folder)));
        return builder.Points.Find(point => point.Settings.TryGetValue("run", out var title) && title == folder)?.Name ?? folder;
    }

    private static DrawnSet? Open(string folder, Action<string> note)
    {
        List<string> files = [.. Directory.EnumerateFiles(folder, "*.png").Order(StringComparer.Ordinal)];
        try
        {
            foreach (var file in files)
            {
                if (PngText.Read(file).TryGetValue(PictureFile.Keyword, out var text) && JsonNode.Parse(text) is JsonObject settings)
                {
                    var plan = (string?)settings["plan"];
                    foreach (var field in PlanFields.Concat(PictureFields))
                    {
                        settings.Remove(field);
                    }

                    return new DrawnSet(folder, plan, settings.ToJsonString(), [.. files.Select(path => (Path.GetFileNameWithoutExtension(path), path))]);
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            note($"The pictures of '{folder}' are not shown: what they say of themselves is damaged ({error.Message.ReplaceLineEndings(" ")}).");
        }

        return null;
    }

    /// <summary>Pictures of one run.</summary>
    private sealed record DrawnSet(string Folder, string? Plan, string Settings, IReadOnlyList<(string Name, string File)> Files);
}
