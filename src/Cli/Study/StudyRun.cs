using System.Globalization;
using DiTFastAttn.Evaluation;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Study;

/// <summary>Makes the points of a study that are not there yet, this worker's share of them.</summary>
/// <param name="call">The call.</param>
/// <param name="model">The model.</param>
/// <param name="folder">Where results go.</param>
/// <param name="metrics">What pictures are measured by beside those of full attention.</param>
internal sealed class StudyRun(VerbCall call, StudyModel model, StudyFolder folder, StudyMetrics metrics)
{
    private const int LongestText = 200;

    private readonly StudySettings _study = model.Study;

    /// <summary>Makes the points.</summary>
    /// <param name="points">All points of the study.</param>
    /// <param name="share">Which are this worker's.</param>
    /// <returns>The records of all points, or <see langword="null"/> where others are still at work at some.</returns>
    public IReadOnlyList<PointRecord>? Make(IReadOnlyList<PointSpec> points, WorkerShare share)
    {
        Announce(points);
        foreach (var point in points.Where((_, index) => share.Has(index)))
        {
            Ensure(point);
        }

        folder.FetchPoints();
        List<PointRecord> done = [.. points.Select(Finished).OfType<PointRecord>()];
        return done.Count == points.Count ? done : null;
    }

    /// <summary>What is there, and what has changed since it was made.</summary>
    private void Announce(IReadOnlyList<PointSpec> points)
    {
        folder.FetchPoints();
        var missing = points.Where(point => Finished(point) is null).ToList();
        call.Terminal.Log.WriteLine(Invariant($"{points.Count} points, {points.Count - missing.Count} there already"));
        foreach (var point in missing)
        {
            if (folder.Point(point.Name) is { } old && Changed(old.Settings, Settings(point)) is { } changed)
            {
                call.Terminal.Log.WriteLine($"point '{point.Name}' is made anew: {changed}");
            }
        }
    }

    private PointRecord? Finished(PointSpec spec)
        => folder.Point(spec.Name) is { } found && found.Fingerprint == StudyFolder.Fingerprint(Settings(spec)) ? found : null;

    /// <summary>The point, made if it is not there.</summary>
    private PointRecord Ensure(PointSpec spec)
    {
        if (Finished(spec) is { } there)
        {
            return there;
        }

        call.Cancellation.ThrowIfCancellationRequested();
        using var held = folder.Hold(spec.Name, call.Cancellation);
        folder.Shared.Fetch(StudyFolder.PointFile(spec.Name));
        if (Finished(spec) is { } meanwhile)
        {
            return meanwhile;
        }

        var reference = spec.Reference is { } full ? Ensure(full) : null;
        if (spec.PlanOf is { } searched)
        {
            Ensure(searched);
        }

        var point = Make(spec, reference);
        folder.Write(StudyFolder.PointFile(spec.Name), JsonResult.Text(point));
        call.Terminal.Log.WriteLine(Describe(point));
        return point;
    }

    private PointRecord Make(PointSpec spec, PointRecord? reference)
    {
        var sampling = model.Prepare(spec.Steps, spec.NegativePrompt);
        var all = Settings(spec);
        var point = new PointRecord { Name = spec.Name, Part = spec.Part, Settings = all, Fingerprint = StudyFolder.Fingerprint(all), Reference = reference?.Name };
        if (spec.ObservedStep is { } step)
        {
            var (figures, images) = new AttentionObservation(call, model, folder).Of(sampling, step);
            return point with { AttentionFlopsPercent = 100, TotalFlopsPercent = 100, Figures = figures, Images = images };
        }

        using var timing = new PointTiming(call, model, sampling);
        var attached = timing.Attached;
        var request = model.Pipeline.RunRequest(sampling);
        Require(spec, request, attached);
        var (plan, search) = PlanOf(spec, attached, sampling, request);
        if (!spec.Draws)
        {
            var strategy = ((PointPlan.Uniform)spec.Plan).Strategy;
            var share = 100 * model.Share(strategy, attached, request);
            return point with
            {
                AttentionFlopsPercent = share, TotalFlopsPercent = share, Batch = _study.Batch,
                Metrics = _study.Rounds == 0 ? point.Metrics : new Dictionary<string, double>(StringComparer.Ordinal) { ["latency_percent"] = 100 * timing.ShareOf(spec.Name, strategy, plan, _study.Rounds) },
            };
        }

        var drawing = new PointDrawing(call, model, folder);
        var drawn = drawing.Draw(spec, attached, plan, sampling, StudyFolder.Fingerprint(DrawSettings(spec)));
        var quality = reference is null ? [] : drawing.Compare(spec.Name, reference.Name);
        var (cost, total) = model.Cost(plan, attached, request, _study.Batch);
        return timing.Measure(spec.Name, plan, _study.Rounds, point with
        {
            Plan = search is null && spec.PlanOf is null ? null : PlanFileOf(spec),
            AttentionFlopsPercent = 100 * cost.Fraction,
            TotalFlopsPercent = 100 * total,
            CountedMultiplyAccumulates = drawn.MultiplyAccumulates,
            PredictedMultiplyAccumulates = cost.Total,
            PicturesCount = _study.Pictures,
            Batch = _study.Batch,
            SearchSeconds = search?.Seconds,
            SearchForwardEquivalents = search?.ForwardEquivalents,
            PeakStateBytes = drawn.PeakStateBytes,
            PerPicture = quality,
            Metrics = metrics.Of(folder, drawn.Files, quality),
            Pictures = drawn.Files,
        });
    }

    private (AttentionPlan Plan, PlanSearch.Record? Search) PlanOf(PointSpec spec, AttachedModel attached, PictureSettings sampling, RunRequest request)
    {
        switch (spec.Plan)
        {
            case PointPlan.Uniform uniform:
                return (AttentionPlan.OfSteps(attached, request.Guidance, [.. Enumerable.Repeat("full", 1), .. Enumerable.Repeat(uniform.Strategy, spec.Steps - 1)], model.Window), null);
            case PointPlan.Searched when spec.PlanOf is not null:
                folder.Shared.Fetch(PlanFileOf(spec));
                return (PlanFile.Load(folder[PlanFileOf(spec)]), null);
            case PointPlan.Searched searched:
                return new PlanSearch(call, model, folder, spec.Name).Find(attached, searched, sampling, request, StudyFolder.Fingerprint(SearchSettings(spec)));
            default:
                return (AttentionPlan.AllFull(attached, request.Guidance, spec.Steps), null);
        }
    }

    private static string PlanFileOf(PointSpec spec) => PlanSearch.PlanFileOf((spec.PlanOf ?? spec).Name);

    private void Require(PointSpec spec, RunRequest request, AttachedModel attached)
    {
        IReadOnlyList<string> strategies = spec.Plan switch
        {
            PointPlan.Uniform uniform => [uniform.Strategy],
            PointPlan.Searched { Candidates: [var only] } => [only],
            _ => [],
        };
        if (request.Guidance == Guidance.None && strategies.FirstOrDefault(id => attached.Processors.GetProcessor(id).Traits.NeedsGuidance) is { } needy)
        {
            throw new UserErrorException(Invariant($"guidance_scale: {_study.GuidanceScale}: leaves no guidance, and '{needy}' of the part '{spec.Part}' shares between its halves; leave the strategy out, or give a scale above 1."));
        }
    }

    /// <summary>What a search depends on.</summary>
    private OrderedDictionary<string, string> SearchSettings(PointSpec spec)
    {
        var settings = Sampling(spec.PlanOf ?? spec);
        settings["plan"] = spec.Plan.Text;
        settings["calibration"] = Text(_study.Calibration);
        settings["loss"] = _study.Loss;
        return settings;
    }

    /// <summary>What pictures depend on.</summary>
    private OrderedDictionary<string, string> DrawSettings(PointSpec spec)
    {
        var settings = spec.Plan is PointPlan.Searched ? SearchSettings(spec) : Sampling(spec);
        settings["plan"] = spec.PlanOf is { } searched ? $"of {searched.Name}: {spec.Plan.Text}" : spec.Plan.Text;
        settings["negative_prompt"] = spec.NegativePrompt;
        settings["batch"] = Text(_study.Batch);
        return settings;
    }

    /// <summary>What a point depends on.</summary>
    private OrderedDictionary<string, string> Settings(PointSpec spec)
    {
        var settings = DrawSettings(spec);
        if (spec.ObservedStep is { } step)
        {
            settings["observed_step"] = Text(step);
            return settings;
        }

        settings["rounds"] = Text(_study.Rounds);
        if (spec.Draws)
        {
            settings["pictures"] = Text(_study.Pictures);
            foreach (var (name, value) in metrics.Identity)
            {
                settings[name] = value;
            }
        }

        return settings;
    }

    private OrderedDictionary<string, string> Sampling(PointSpec spec) => new(StringComparer.Ordinal)
    {
        ["model"] = _study.Model,
        ["weights"] = model.Weights,
        ["input_size"] = _study.InputSize is { } size ? Text(size) : "its own",
        ["dtype"] = model.Pipeline.Dtype.ToString().ToLowerInvariant(),
        ["device"] = model.Pipeline.Device.type.ToString().ToLowerInvariant(),
        ["drawn"] = Short(_study.Prompts is { } prompts ? string.Join(" | ", prompts) : string.Join(",", _study.Labels!)),
        ["negative_prompt"] = spec.NegativePrompt,
        ["steps"] = Text(spec.Steps),
        ["guidance_scale"] = _study.GuidanceScale!.Value.ToString("R", CultureInfo.InvariantCulture),
        ["seed"] = Text(_study.Seed),
        ["window"] = _study.Window,
    };

    private static string Short(string text)
        => text.Length <= LongestText ? text : $"{text[..LongestText]}… {StudyFolder.Fingerprint([new("text", text)])}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? Changed(IReadOnlyDictionary<string, string> old, IReadOnlyDictionary<string, string> now)
        => now.Keys.Union(old.Keys, StringComparer.Ordinal).FirstOrDefault(name => old.GetValueOrDefault(name) != now.GetValueOrDefault(name)) is { } name
            ? $"{name} was {old.GetValueOrDefault(name, "nothing")} and is {now.GetValueOrDefault(name, "nothing")}"
            : null;

    private static string Describe(PointRecord point)
    {
        var text = Invariant($"{point.Name}: {point.AttentionFlopsPercent:F1} % of the attention's FLOPs");
        text += point.Metrics.TryGetValue("psnr", out var psnr) ? Invariant($", {psnr:F1} dB") : "";
        text += point.Seconds is { } seconds ? Invariant($", {seconds:F2} s a batch") : "";
        return text + (point.SearchSeconds is { } search ? Invariant($", searched in {search:F1} s") : "");
    }
}
