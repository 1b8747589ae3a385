using System.Diagnostics;
using System.Text.Json;
using DiTFastAttn.Cli.Search;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Study;

/// <summary>Searches a point's plan; goes on from the log of a search that was ended, and keeps what was found.</summary>
/// <param name="call">The call.</param>
/// <param name="model">The model.</param>
/// <param name="folder">Where plan and log go.</param>
/// <param name="name">The point's name.</param>
internal sealed class PlanSearch(VerbCall call, StudyModel model, StudyFolder folder, string name)
{
    /// <summary>Finds the plan.</summary>
    /// <param name="attached">The model.</param>
    /// <param name="searched">Threshold and candidates.</param>
    /// <param name="sampling">How pictures are made.</param>
    /// <param name="request">What the run is.</param>
    /// <param name="fingerprint">Of all that the search depends on.</param>
    public (AttentionPlan Plan, Record? Search) Find(AttachedModel attached, PointPlan.Searched searched, PictureSettings sampling, RunRequest request, string fingerprint)
    {
        var (file, record, log) = (folder[$"plans/{name}.plan.json"], folder[$"plans/{name}.search.json"], folder[$"logs/{name}.jsonl"]);
        if (File.Exists(file) && Known(record) is { } known && known.Fingerprint == fingerprint)
        {
            return (PlanFile.Load(file), known);
        }

        var (earlier, owner) = (0.0, log + ".of");
        if (File.Exists(log) && File.Exists(owner) && File.ReadAllText(owner) == fingerprint)
        {
            earlier = SecondsIn(log);
        }
        else
        {
            File.Delete(log);
            AtomicFile.WriteText(owner, fingerprint);
        }

        var calibration = model.Calibration(model.Study.NegativePrompt);
        var watch = Stopwatch.StartNew();
        GreedySearchResult found;
        try
        {
            found = Search(attached, searched, sampling, calibration, log);
        }
        catch (SearchLogException error) when (earlier > 0)
        {
            // Of another version of the program, as a rule: what it holds is not worth failing over.
            call.Terminal.Log.WriteLine($"point '{name}': its search begins anew: {error.Message}");
            File.Delete(log);
            earlier = 0;
            watch.Restart();
            found = Search(attached, searched, sampling, calibration, log);
        }

        var plan = found.Plan with
        {
            GuidanceScale = request.GuidanceScale, Scheduler = request.Scheduler, Tokens = request.Tokens, Resolution = request.Resolution, Dtype = request.Dtype,
            Origin = found.Plan.Origin with { CalibrationSamples = calibration.Count, Seed = sampling.Seed },
        };
        var search = new Record(fingerprint, earlier + watch.Elapsed.TotalSeconds, found.ForwardEquivalents);
        AtomicFile.WriteText(file, PlanFile.Write(plan));
        AtomicFile.WriteText(record, JsonResult.Text(search));
        return (plan, search);
    }

    private GreedySearchResult Search(AttachedModel attached, PointPlan.Searched searched, PictureSettings sampling, IReadOnlyList<PictureRequest> calibration, string log)
    {
        using var progress = new SearchProgress(call.Terminal, $"{name}: plan search");
        using var trials = SearchLog.Open(log, resume: true);
        using var trajectory = model.Pipeline.Begin(calibration, sampling);
        return GreedyPlanSearch.Search(
            attached,
            trajectory,
            new GreedySearchOptions { Threshold = searched.Threshold, Loss = PlanLoss.Named(model.Study.Loss), Candidates = searched.Candidates, Window = model.Window },
            progress,
            call.Cancellation,
            trials);
    }

    private static Record? Known(string path)
    {
        try
        {
            return File.Exists(path) ? JsonResult.Parse<Record>(File.ReadAllText(path)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What the trials of an ended search took.</summary>
    private static double SecondsIn(string log)
    {
        var seconds = 0.0;
        foreach (var line in File.ReadLines(log))
        {
            try
            {
                using var entry = JsonDocument.Parse(line);
                seconds += entry.RootElement.TryGetProperty("seconds", out var value) && value.TryGetDouble(out var number) ? number : 0;
            }
            catch (JsonException)
            {
                break; // cut off by what ended it
            }
        }

        return seconds;
    }

    /// <summary>What a search took.</summary>
    /// <param name="Fingerprint">Of all that it depends on.</param>
    /// <param name="Seconds">Trials of an ended run of it included.</param>
    /// <param name="ForwardEquivalents">What was computed, in whole model calls.</param>
    internal sealed record Record(string Fingerprint, double Seconds, double ForwardEquivalents);
}
