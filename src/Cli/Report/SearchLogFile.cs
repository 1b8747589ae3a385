using System.Text.Json;
using System.Text.Json.Nodes;

namespace DiTFastAttn.Cli.Report;

/// <summary>A search log as a report reads it: beside a search that may still be writing it, and without going on from it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Trials">What was tried.</param>
/// <param name="Rows">The finished rows.</param>
internal sealed record SearchLogFile(string Path, IReadOnlyList<ReportPlan.Trial> Trials, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Reads one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="note">Told why a log cannot be used.</param>
    /// <returns><see langword="null"/> where it is no search log, or a damaged one.</returns>
    public static SearchLogFile? Read(string path, Action<string> note)
    {
        var trials = new List<ReportPlan.Trial>();
        var rows = new List<IReadOnlyList<string>>();
        var number = 0;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } text)
            {
                number++;
                if (number == 1 && !IsFirstLine(text))
                {
                    return null;
                }

                // A line that a kill cut in two never was.
                if (reader.EndOfStream && !text.EndsWith('}'))
                {
                    break;
                }

                Add(JsonNode.Parse(text)!, trials, rows);
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or NullReferenceException)
        {
            note($"search log '{path}': line {number} is damaged; its losses are not shown.");
            return null;
        }

        return new SearchLogFile(path, trials, rows);
    }

    /// <summary>Whether the search that wrote it found this plan.</summary>
    public bool IsOf(AttentionPlan plan)
        => plan.Steps == Rows.Count && plan.Rows.Zip(Rows).All(pair => pair.First.SequenceEqual(pair.Second, StringComparer.Ordinal))
            && Trials.All(trial => trial.Step < plan.Steps && trial.Site < plan.Model.Sites.Count);

    private static bool IsFirstLine(string text)
        => text.StartsWith('{') && text.Contains("\"ditfastattn-search/", StringComparison.Ordinal);

    private static void Add(JsonNode line, List<ReportPlan.Trial> trials, List<IReadOnlyList<string>> rows)
    {
        switch ((string?)line["kind"])
        {
            case "trial":
                trials.Add(new ReportPlan.Trial(
                    (int)line["step"]!, (int)line["site"]!, (string)line["candidate"]!, (double)line["loss"]!, (double)line["threshold"]!, (bool)line["accepted"]!));
                break;
            case "row":
                rows.Add([.. line["row"]!.AsArray().Select(id => (string)id!)]);
                break;
        }
    }
}
