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
    private static readonly Option<string[]?> Candidates = ValueOption.Make<string[]?>(
        ["--candidates"], "ID,…", "Strategies to try, in this order; the paper's ast,wars+asc,wars,asc where not given.",
        text => [.. text.Split(',').Select(id => id.Trim())]);

    private static readonly Option<string> Loss = ValueOption.Choice(
        ["--loss"], "The loss that the threshold is about.", PlanLoss.Official.Name, [.. PlanLoss.All.Select(loss => loss.Name)]);

    private static readonly Option<double> GuidanceScale = ValueOption.Number(
        ["--guidance-scale"], "Classifier-free guidance; 1 and less for none.", 2, 0);

    private static readonly Option<int?> InputSize = ValueOption.OptionalInteger(
        ["--input-size"], "Resolution in cells; the checkpoint's own where not given.", 1, 4096);

    private static readonly Option<int?> Batch = ValueOption.OptionalInteger(
        ["--calib-batch"], "Calibration samples computed at a time; all where not given. With fewer a trial ends as soon as its loss is too large.", 1);

    private static readonly Option<string?> LogFile = ValueOption.Text(
        ["--log"], "FILE", "Write every trial and result to FILE; with --resume a search goes on from there.");

    private static readonly Option<double?> TargetSeconds = ValueOption.Make<double?>(
        ["--target-seconds"], "SECONDS", "Time that the model calls of a generation of --n-calib samples may take here, by a short measurement.", text => Positive(text));

    private static readonly Option<double?> TargetPsnr = ValueOption.Make<double?>(
        ["--target-psnr"], "DB", "Quality to keep on the calibration samples: the cheapest plan that does.", text => Positive(text));

    private static readonly Option<long?> MaxCacheMemory = ValueOption.Make<long?>(
        ["--max-cache-memory"], "BYTES", "Residuals and outputs that a run of --n-calib samples may hold at a time, as 64M or 1.5G; beside another target.", Bytes);

    private static readonly Option<ValueList<int>> Groups = ValueOption.Integers(
        ["--groups"], "Groups of sites in each stage of the refinement, as 1,3,100: whole steps, thirds of the sites, each site alone. A stage comes only where the one before gained.", [1], 1);

    private static readonly Option<int?> HeldOut = ValueOption.OptionalInteger(
        ["--n-held-out"], "Calibration samples of other noise that decide which plan is better: no row and no move is measured on them. As many as --n-calib where not given; 0 for none.", 0);

    private static readonly Option<double?> GuardLimit = ValueOption.Make<double?>(
        ["--guard"], "DB", "Make the riskiest steps full until every sample of the validation set keeps so much.", text => Positive(text));

    private static readonly Option<int> ValidationSamples = ValueOption.Integer(
        ["--n-validation"], "Samples of other noise that the plan is judged by at the end; 0 for none.", 4, 0);

    private readonly Argument<string> _model = new("MODEL") { Description = "A DiT checkpoint (.safetensors with its config), or 'demo' for the embedded one." };

    public SearchVerb()
        : base("search", "Search a plan for a model; writes plan.json, plan.svg and plan.png.")
    {
        Add(_model);
        Add(CommonOptions.Threshold);
        Add(TargetOptions.Flops);
        Add(TargetSeconds);
        Add(TargetPsnr);
        Add(MaxCacheMemory);
        Add(StorageOptions.Dtype);
        Add(StorageOptions.OnHost);
        Add(Groups);
        Add(TargetOptions.Rounds);
        Add(HeldOut);
        Add(GuardLimit);
        Add(ValidationSamples);
        Add(Candidates);
        Add(SearchedSites.Option);
        Add(Loss);
        Add(CommonOptions.CalibrationSamples);
        Add(Batch);
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
        using var attached = AttachedModel.Attach(checkpoint.Model, new ProcessorCatalog(), AttentionKernels.Default, window, subLayers: SearchedSites.WithSubLayers(call), storage: StorageOptions.Of(call));
        var options = new GreedySearchOptions
        {
            Threshold = threshold,
            Loss = PlanLoss.Named(call.Get(Loss)!),
            Kinds = SearchedSites.Of(call, attached),
            Candidates = CheckCandidates(call.Get(Candidates) is { Length: > 0 } ids ? ids : null, attached, calibration.Sampler.Guidance),
        };

        var budget = new PlanBudget
        {
            AttentionFlops = call.Get(TargetOptions.Flops), Seconds = call.Get(TargetSeconds), Psnr = call.Get(TargetPsnr), CacheBytes = call.Get(MaxCacheMemory),
        };
        var hasTarget = budget.AttentionFlops is not null || budget.Seconds is not null || budget.Psnr is not null;
        var isGreedy = !hasTarget || call.IsGiven(CommonOptions.Threshold);
        CheckTargets(call, budget, hasTarget);

        using var log = call.Get(LogFile) is { } path ? SearchLog.Open(path, resume) : null;
        var watch = Stopwatch.StartNew();
        var greedy = isGreedy ? Search(call, attached, calibration, options, log) : null;
        var found = hasTarget
            ? SearchBudget(call, attached, calibration, budget, options.Candidates, greedy, log)
            : new Found(greedy!.Plan, greedy.ForwardEquivalents, Psnr: null);
        var validated = Validate(call, attached, calibration, found.Plan, log);
        var plan = calibration.Describe(validated?.Plan ?? found.Plan);
        var cost = PlanCost.Of(plan, attached.Processors, batch: 2, checkpoint.Model.Geometry.Tokens).Fraction;

        // What guarding changed was not run on the calibration samples again.
        var isAsFound = validated is not { Replaced: > 0 };
        plan = plan with { Origin = plan.Origin with { Cost = cost, Psnr = isAsFound ? found.Psnr : null, ValidationPsnr = validated?.After.Average() } };
        Write(call, folder, plan, new SearchSummary(
            plan.Origin.Method,
            watch.Elapsed.TotalSeconds,
            100 * PlanCost.OfAttention(plan, attached.Processors, batch: 2, checkpoint.Model.Geometry.Tokens).Fraction,
            100 * cost,
            found.Psnr,
            validated?.After.Average(),
            validated?.After.Min(),
            greedy?.Trials.Count ?? 0,
            greedy?.BlockEvaluations ?? 0,
            found.ForwardEquivalents,
            Path.Combine(folder, "plan.json")));
        return ExitStatus.Done;
    }

    private static void CheckTargets(VerbCall call, PlanBudget budget, bool hasTarget)
    {
        if (budget.CacheBytes is not null && !hasTarget)
        {
            throw new UserErrorException("--max-cache-memory: give --target-flops, --target-seconds or --target-psnr beside it; within a limit of memory alone the best plan is full everywhere.");
        }

        if (call.Get(GuardLimit) is not null && call.Get(ValidationSamples) == 0)
        {
            throw new UserErrorException("--guard: give --n-validation of at least 1.");
        }
    }

    private static Found SearchBudget(
        VerbCall call, AttachedModel attached, Calibration calibration, PlanBudget budget, IReadOnlyList<string> strategies, GreedySearchResult? greedy, SearchLog? log)
    {
        using var progress = new SearchProgress(call.Terminal, "plans within the target");
        using var noise = calibration.Noise();
        var deciding = call.Get(HeldOut) ?? calibration.Samples;
        var heldOut = calibration.HeldOut(deciding);
        using var heldOutNoise = deciding == 0 ? null : heldOut.Noise();
        var search = new BudgetPlanSearch(
            attached,
            () => calibration.Begin(noise),
            calibration.Sampler.RunRequest.Tokens!.Value,
            calibration.Psnr,
            new BudgetSearchOptions
            {
                Strategies = strategies,
                Kinds = SearchedSites.Of(call, attached),
                Others = greedy is null ? [] : [greedy.Plan],
                Groups = call.Get(TargetOptions.Rounds) == 0 ? [] : call.Get(Groups)!.Values,
                Rounds = call.Get(TargetOptions.Rounds),
            },
            heldOutNoise is null ? null : () => heldOut.Begin(heldOutNoise));
        var found = search.Find(budget, progress, call.Cancellation, log)
            ?? throw new UserErrorException($"no plan of these strategies stays within {budget}: allow more, or give other --candidates.");
        progress.Dispose();
        foreach (var plan in found.Candidates)
        {
            call.Terminal.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{plan.Psnr:F1} dB on the calibration samples ({plan.WorstPsnr:F1} the worst), {100 * plan.Cost.Fraction:F1} %: {plan.Plan.Origin.Method}, {plan.Plan.Origin.Note}"));
        }

        return new Found(found.Best.Plan, found.ForwardEquivalents + (greedy?.ForwardEquivalents ?? 0), found.Best.Psnr);
    }

    /// <summary>What the plan is worth on samples that it was not calibrated on, and with --guard the plan that is worth enough.</summary>
    private static GuardedPlan? Validate(VerbCall call, AttachedModel attached, Calibration calibration, AttentionPlan plan, SearchLog? log)
    {
        if (call.Get(ValidationSamples) is var samples && samples == 0)
        {
            return null;
        }

        using var progress = new SearchProgress(call.Terminal, "validation");
        var validation = calibration.Others(samples);
        using var noise = validation.Noise();
        var judged = PlanGuard.Guard(
            attached,
            () => validation.Begin(noise),
            plan,
            PlanPrices.MultiplyAccumulates(attached, calibration.Sampler.RunRequest.Tokens!.Value),
            call.Get(GuardLimit),
            validation.Psnr,
            progress,
            call.Cancellation,
            log);
        progress.Dispose();
        Line(judged.Before);
        if (judged.Replaced > 0)
        {
            call.Terminal.Line($"--guard: {judged.Replaced} steps became full");
            Line(judged.After);
        }

        return judged;

        void Line(IReadOnlyList<double> psnr) => call.Terminal.Line(string.Create(
            CultureInfo.InvariantCulture, $"{psnr.Average():F1} dB on {psnr.Count} validation samples, {psnr.Min():F1} the worst"));
    }

    private static double Positive(string text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0 && double.IsFinite(number)
            ? number
            : throw new FormatException("give a number above 0");

    private static long? Bytes(string text)
    {
        var unit = text.Length == 0 ? 1 : char.ToUpperInvariant(text[^1]) switch { 'K' => 1L << 10, 'M' => 1L << 20, 'G' => 1L << 30, _ => 1 };
        var bytes = Positive(unit == 1 ? text : text[..^1]) * unit;
        return bytes < long.MaxValue ? (long)bytes : throw new FormatException("give fewer bytes");
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
        var batches = calibration.Begin(noise, call.Get(Batch) ?? calibration.Samples);
        try
        {
            using var progress = new SearchProgress(call.Terminal, "plan search");
            return GreedyPlanSearch.Search(attached, batches, options, progress, call.Cancellation, log);
        }
        finally
        {
            foreach (var batch in batches)
            {
                batch.Dispose();
            }
        }
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
            $"attention FLOPs left: {summary.AttentionFlopsPercent:F1} %{(SearchedSites.WithSubLayers(call) ? $", with feed-forwards {summary.FlopsPercent:F1} %" : "")}; {summary.ForwardEquivalents:F0} forward equivalents, {summary.SearchSeconds:F1} s"));
        call.Terminal.Line($"written: {summary.Plan}, {Path.Combine(folder, "plan.svg")}, {Path.Combine(folder, "plan.png")}");
    }

    private sealed record Found(AttentionPlan Plan, double ForwardEquivalents, double? Psnr);
}
