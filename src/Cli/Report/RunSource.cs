using System.Text.Json;
using DiTFastAttn.Cli.Run;

namespace DiTFastAttn.Cli.Report;

/// <summary>What the paper's programs, <c>run dit</c>, <c>pixart</c> and <c>opensora</c>, leave in a folder: a JSON file, a plan and pictures a run.</summary>
internal static class RunSource
{
    private const string PlanEnding = ".plan.json";

    /// <summary>Adds the runs that there are.</summary>
    public static void Read(ReportBuilder builder)
    {
        var runs = new List<(string Title, RunResult Result)>();
        foreach (var file in Directory.EnumerateFiles(builder.Folder, "*.json").Order(StringComparer.Ordinal).Where(IsRun))
        {
            runs.Add((Path.GetFileNameWithoutExtension(file), JsonResult.Read<RunResult>(file, format: null)));
        }

        if (runs.Count == 0)
        {
            return;
        }

        builder.Found.Add(runs.Count == 1 ? "a run" : FormattableString.Invariant($"{runs.Count} runs"));
        builder.Title ??= $"Run of {runs[0].Result.Model}";
        if (runs.Find(run => run.Result.Full is not null).Result?.Full is { } full)
        {
            builder.Points.Add(new ReportPoint
            {
                Name = ReportPoint.Full, IsReference = true, Seconds = full.Whole, TransformerSeconds = full.Transformer, AttentionSeconds = full.Attention, AttentionFlopsPercent = 100,
            });
        }

        var names = ShortNames([.. runs.Select(run => run.Title)]);
        foreach (var ((title, result), name) in runs.Zip(names))
        {
            builder.AddCommand(result.Command);
            builder.AddEnvironment(result.Environment);
            builder.Points.Add(Point(name, title, result));
            if (File.Exists(Path.Combine(builder.Folder, title + PlanEnding)))
            {
                builder.AddPlan(name, Path.Combine(builder.Folder, title + PlanEnding));
            }
        }
    }

    private static ReportPoint Point(string name, string title, RunResult result) => new()
    {
        Name = name,
        Settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["run"] = title, ["model"] = result.Model, ["plan"] = result.Plan ?? "none", ["pictures a batch"] = FormattableString.Invariant($"{result.Batch}"),
        },
        AttentionFlopsPercent = result.AttentionFlopsPercent,
        Seconds = result.Latency,
        TransformerSeconds = result.TransformerLatency,
        AttentionSeconds = result.AttentionLatency,
        SearchSeconds = result.SearchSeconds > 0 ? result.SearchSeconds : null,
        PeakStateBytes = result.CacheMemory?.PeakBytes,
        ProcessBytes = result.MaxMemoryBytes,
        Against = result.Full is { } full ? new(full.Whole, full.Transformer, full.Attention) : null,
        Metrics = result.Metrics,
    };

    /// <summary>A run's file by its fields: its name says nothing. What is no JSON is somebody else's.</summary>
    private static bool IsRun(string file)
    {
        if (file.EndsWith(PlanEnding, StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("transformer_latency", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>What tells titles apart: their parts between <c>_</c> without those that all begin and end with.</summary>
    private static IReadOnlyList<string> ShortNames(IReadOnlyList<string> titles)
    {
        if (titles.Count == 1)
        {
            return ["plan"];
        }

        var parts = titles.Select(title => title.Split('_')).ToList();
        var shortest = parts.Min(part => part.Length);
        var head = Enumerable.Range(0, shortest).TakeWhile(i => parts.TrueForAll(part => part[i] == parts[0][i])).Count();
        var tail = Enumerable.Range(1, shortest - head).TakeWhile(i => parts.TrueForAll(part => part[^i] == parts[0][^i])).Count();
        return [.. parts.Select((part, place) => string.Join('_', part[head..^tail]) is { Length: > 0 } name && name != ReportPoint.Full ? name : titles[place])];
    }
}
