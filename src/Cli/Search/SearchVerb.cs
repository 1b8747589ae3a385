using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Search;

/// <summary><c>search MODEL</c>: searches a plan for a model and writes it, with a picture of it.</summary>
internal sealed class SearchVerb : Verb
{
    private const int Parts = 1000;

    private static readonly Option<string[]?> Candidates = ValueOption.Make<string[]?>(
        ["--candidates"], "ID,…", "Strategies to try, in this order; the paper's ast,wars+asc,wars,asc where not given.",
        text => [.. text.Split(',').Select(id => id.Trim())]);

    private static readonly Option<string> Loss = ValueOption.Choice(
        ["--loss"], "The loss that the threshold is about.", PlanLoss.Official.Name, [.. PlanLoss.All.Select(loss => loss.Name)]);

    private static readonly Option<double> GuidanceScale = ValueOption.Number(
        ["--guidance-scale"], "Classifier-free guidance; 1 and less for none.", 2, 0);

    private static readonly Option<int?> InputSize = ValueOption.OptionalInteger(
        ["--input-size"], "Resolution in cells; the checkpoint's own where not given.", 1, 4096);

    private static readonly Option<string?> LogFile = ValueOption.Text(
        ["--log"], "FILE", "Write every trial to FILE; with --resume a search goes on from there.");

    private static readonly Option<double?> TargetFlops = ValueOption.Make<double?>(
        ["--target-flops"], "PERCENT", "Attention FLOPs that may be left, as 50%: searches row plans; with --threshold the greedy plan is a candidate too.",
        text => double.TryParse(text.TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100
            ? percent / 100
            : throw new FormatException("give a part above 0% and up to 100%"));

    private readonly Argument<string> _model = new("MODEL") { Description = "A DiT checkpoint (.safetensors with its config), or 'demo' for the embedded one." };

    public SearchVerb()
        : base("search", "Search a plan for a model; writes plan.json, plan.svg and plan.png.")
    {
        Add(_model);
        Add(CommonOptions.Threshold);
        Add(TargetFlops);
        Add(Candidates);
        Add(Loss);
        Add(CommonOptions.CalibrationSamples);
        Add(CommonOptions.Steps);
        Add(GuidanceScale);
        Add(CommonOptions.WindowSize);
        Add(InputSize);
        Add(LogFile);
        Add(CommonOptions.Resume);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Seed);
        Add(CommonOptions.Out);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var folder = call.Get(CommonOptions.Out) ?? "search";
        OutputPath.CheckFolder("--out", folder);
        var threshold = call.Get(CommonOptions.Threshold);
        if (threshold <= 0)
        {
            throw new UserErrorException(string.Create(CultureInfo.InvariantCulture, $"--threshold {threshold}: give a number above 0; the paper's are 0.025 to 0.15."));
        }

        var resume = call.Get(CommonOptions.Resume);
        if (resume && call.Get(LogFile) is null)
        {
            throw new UserErrorException("--resume: give the --log to go on from.");
        }

        CpuThreads.Use(call);
        using var checkpoint = ModelInput.Load(call.Get(_model)!, call.Get(InputSize));
        var calibration = new Calibration(
            checkpoint, call.Get(CommonOptions.Steps), call.Get(GuidanceScale), call.Get(CommonOptions.CalibrationSamples), call.Get(CommonOptions.Seed));
        var window = call.Get(CommonOptions.WindowSize) is { } tokens ? AttentionWindow.Tokens(tokens) : AttentionWindow.Paper;
        using var attached = AttachedModel.Attach(checkpoint.Model, new ProcessorCatalog(), AttentionKernels.Default, window);
        var options = new GreedySearchOptions
        {
            Threshold = threshold,
            Loss = PlanLoss.Named(call.Get(Loss)!),
            Candidates = CheckCandidates(call.Get(Candidates) is { Length: > 0 } ids ? ids : null, attached, calibration.Sampler.Guidance),
        };

        using var log = call.Get(LogFile) is { } path ? SearchLog.Open(path, resume) : null;
        var target = call.Get(TargetFlops);
        var watch = Stopwatch.StartNew();
        var greedy = target is null || call.IsGiven(CommonOptions.Threshold) ? Search(call, attached, calibration, options, log) : null;
        var found = target is { } fraction
            ? SearchBudget(call, attached, calibration, fraction, options.Candidates, greedy)
            : new Found(greedy!.Plan, greedy.ForwardEquivalents, Psnr: null);
        var plan = calibration.Describe(found.Plan);
        Write(call, folder, plan, new SearchSummary(
            plan.Origin.Method,
            watch.Elapsed.TotalSeconds,
            100 * PlanCost.Of(plan, attached.Processors, batch: 2, checkpoint.Model.Geometry.Tokens).Fraction,
            found.Psnr,
            greedy?.Trials.Count ?? 0,
            greedy?.BlockEvaluations ?? 0,
            found.ForwardEquivalents,
            Path.Combine(folder, "plan.json")));
        return ExitStatus.Done;
    }

    private static Found SearchBudget(
        VerbCall call, AttachedModel attached, Calibration calibration, double fraction, IReadOnlyList<string> strategies, GreedySearchResult? greedy)
    {
        using var bar = new ProgressBar(call.Terminal, "row plans", Parts, "parts of a thousand");
        var (plans, calls) = BudgetSearch.Search(
            attached,
            calibration,
            fraction,
            strategies,
            greedy is null ? [] : [greedy.Plan],
            new Share(done => bar.Report((long)(done * Parts))),
            call.Cancellation);
        bar.Clear();
        foreach (var plan in plans)
        {
            call.Terminal.Line(string.Create(
                CultureInfo.InvariantCulture, $"{plan.Psnr:F1} dB on the calibration samples, {100 * plan.Cost.Fraction:F1} %: {plan.Plan.Origin.Method}, {plan.Plan.Origin.Note}"));
        }

        return new Found(plans[0].Plan, calls + (greedy?.ForwardEquivalents ?? 0) + ((plans.Count + 1) * plans[0].Plan.Steps), plans[0].Psnr);
    }

    private static IReadOnlyList<string> CheckCandidates(string[]? ids, AttachedModel attached, Guidance guidance)
    {
        foreach (var id in ids ?? [])
        {
            if (!attached.Processors.TryGet(id, out var processor))
            {
                throw new UserErrorException($"--candidates {id}: no such strategy; known are {string.Join(", ", attached.Processors.Ids)} and composites a+b.");
            }

            if (processor.Traits.NeedsGuidance && guidance == Guidance.None)
            {
                throw new UserErrorException($"--candidates {id}: shares between the guidance halves, and --guidance-scale leaves none; leave it out, or give a scale above 1.");
            }
        }

        return ids ?? GreedySearchOptions.PaperCandidates;
    }

    private static GreedySearchResult Search(VerbCall call, AttachedModel attached, Calibration calibration, GreedySearchOptions options, SearchLog? log)
    {
        using var noise = calibration.Noise();
        using var trajectory = calibration.Begin(noise);
        using var bar = new ProgressBar(call.Terminal, "plan search", Parts, "parts of a thousand");
        return GreedyPlanSearch.Search(attached, trajectory, options, new Share(done => bar.Report((long)(done * Parts))), call.Cancellation, log);
    }

    private static void Write(VerbCall call, string folder, AttentionPlan plan, SearchSummary summary)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(summary.Plan, PlanFile.Write(plan));
        PlanDrawing.WriteSvg(plan, Path.Combine(folder, "plan.svg"));
        PlanDrawing.WritePng(plan, Path.Combine(folder, "plan.png"));
        call.WriteJson(summary);
        PlanText.Write(plan, call.Terminal);
        call.Terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"attention FLOPs left: {summary.AttentionFlopsPercent:F1} %; {summary.ForwardEquivalents:F0} forward equivalents, {summary.SearchSeconds:F1} s"));
        call.Terminal.Line($"written: {summary.Plan}, {Path.Combine(folder, "plan.svg")}, {Path.Combine(folder, "plan.png")}");
    }

    private sealed record Found(AttentionPlan Plan, double ForwardEquivalents, double? Psnr);

    private sealed class Share(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
