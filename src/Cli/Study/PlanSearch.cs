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
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly string _log = $"logs/{name}.jsonl";

    /// <summary>A plan's file in the folder.</summary>
    public static string PlanFileOf(string name) => $"plans/{name}.plan.json";

    /// <summary>Finds the plan.</summary>
    /// <param name="attached">The model.</param>
    /// <param name="searched">Threshold and candidates.</param>
    /// <param name="sampling">How pictures are made.</param>
    /// <param name="request">What the run is.</param>
    /// <param name="fingerprint">Of all that the search depends on.</param>
    public (AttentionPlan Plan, Record? Search) Find(AttachedModel attached, PointPlan.Searched searched, PictureSettings sampling, RunRequest request, string fingerprint)
    {
        folder.Shared.Fetch($"plans/{name}.");
        folder.Shared.Fetch(_log);
        var found = $"plans/{name}.search.json";
        var (file, record, log) = (folder[PlanFileOf(name)], folder[found], folder[_log]);
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
            folder.Shared.Delete(_log);
            folder.Write(_log + ".of", fingerprint);
        }

        var calibration = model.Calibration(model.Study.NegativePrompt);
        var watch = Stopwatch.StartNew();
        GreedySearchResult result;
        try
        {
            result = Search(attached, searched, sampling, calibration, log);
        }
        catch (SearchLogException error) when (earlier > 0)
        {
            // Of another version of the program, as a rule: what it holds is not worth failing over.
            call.Terminal.Log.WriteLine($"point '{name}': its search begins anew: {error.Message}");
            folder.Shared.Delete(_log);
            earlier = 0;
            watch.Restart();
            result = Search(attached, searched, sampling, calibration, log);
        }

        var plan = result.Plan with
        {
            GuidanceScale = request.GuidanceScale, Scheduler = request.Scheduler, Tokens = request.Tokens, Resolution = request.Resolution, Dtype = request.Dtype,
            Origin = result.Plan.Origin with { CalibrationSamples = calibration.Count, Seed = sampling.Seed },
        };
        var search = new Record(fingerprint, earlier + watch.Elapsed.TotalSeconds, result.ForwardEquivalents);
        folder.Write(PlanFileOf(name), PlanFile.Write(plan));
        folder.Write(found, JsonResult.Text(search));
        return (plan, search);
    }

    private GreedySearchResult Search(AttachedModel attached, PointPlan.Searched searched, PictureSettings sampling, IReadOnlyList<PictureRequest> calibration, string log)
    {
        using var progress = new SearchProgress(call.Terminal, $"{name}: plan search");

        // Read while it is written, where others are to see it; whoever searches the point holds it.
        using var trials = new SearchLog(new FileStream(log, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read), log);
        using var trajectory = model.Pipeline.Begin(calibration, sampling);
        try
        {
            return GreedyPlanSearch.Search(
                attached,
                trajectory,
                new GreedySearchOptions { Threshold = searched.Threshold, Loss = PlanLoss.Named(model.Study.Loss), Candidates = searched.Candidates, Window = model.Window },
                new PublishedProgress(progress, () => folder.Shared.Publish(_log)),
                call.Cancellation,
                trials);
        }
        finally
        {
            folder.Shared.Publish(_log);
        }
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

    /// <summary>Progress that now and then lets others see the log.</summary>
    /// <param name="shown">Where it is shown.</param>
    /// <param name="publish">Lets others see it.</param>
    private sealed class PublishedProgress(IPlanProgress shown, Action publish) : IPlanProgress
    {
        private long _published = Stopwatch.GetTimestamp();

        public void Show(AttentionPlan plan) => shown.Show(plan);

        public void Report(double value)
        {
            shown.Report(value);
            if (Stopwatch.GetElapsedTime(_published) > Pause)
            {
                publish();
                _published = Stopwatch.GetTimestamp();
            }
        }
    }

    /// <summary>What a search took.</summary>
    /// <param name="Fingerprint">Of all that it depends on.</param>
    /// <param name="Seconds">Trials of an ended run of it included.</param>
    /// <param name="ForwardEquivalents">What was computed, in whole model calls.</param>
    internal sealed record Record(string Fingerprint, double Seconds, double ForwardEquivalents);
}
