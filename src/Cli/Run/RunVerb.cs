using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Cli.Generate;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Hosting;
using DiTFastAttn.Hosting.Composition;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace DiTFastAttn.Cli.Run;

/// <summary>What the paper's programs for pictures share: calibrate, search, draw, measure.</summary>
internal abstract class RunVerb : Verb
{
    private const int Parts = 1000;

    private readonly RunDefaults _defaults;

    protected RunVerb(string name, string description, RunDefaults defaults)
        : base(name, description)
    {
        _defaults = defaults;
        Script = new RunOptions(defaults);
        foreach (var option in Script.Common)
        {
            Add(option);
        }
    }

    protected RunOptions Script { get; }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var folder = call.Get(CommonOptions.Out) ?? "output";
        OutputPath.CheckFolder("--out", folder);
        var name = ModelFolders.Find(call.Get(Script.Model)!);
        using var pipeline = PictureModel.Open(name, TorchUse.Of(call), ComponentsOf(call, name));
        RequireKind(pipeline);
        var settings = pipeline.Defaults with
        {
            Steps = call.Get(CommonOptions.Steps), GuidanceScale = call.Get(Script.GuidanceScale), Seed = call.Get(Script.Seed),
        };
        var calibration = CalibrationPictures(call, pipeline, call.Get(Script.CalibrationSamples), settings.Seed);
        var evaluation = call.Get(Script.Debug) ? [] : EvaluationPictures(call, pipeline, call.Get(Script.EvaluationImages), settings.Seed);
        PictureModel.Prepare(call, pipeline, [.. calibration, .. evaluation], settings);

        var window = AttentionWindow.Tokens(call.Get(Script.WindowSize));
        using var services = new ServiceCollection().AddDiTFastAttn(o => o.Window = window).UseTiming().Services.BuildServiceProvider();
        using var attached = services.GetRequiredService<IFastAttention>().Attach(pipeline.Transformer);
        var title = Title(call, name);
        Directory.CreateDirectory(folder);
        var (plan, planName, searchSeconds) = FindPlan(call, pipeline, attached, calibration, settings, Path.Combine(folder, title + ".plan.json"));
        var full = AttentionPlan.AllFull(attached, pipeline.RunRequest(settings).Guidance, settings.Steps);
        var result = Measure(
            call, new TimedBatch(pipeline, attached, services.GetRequiredService<AttentionTimings>(), settings), TimedPictures(calibration), plan, full, settings);
        var pictures = evaluation.Count == 0 ? null : Draw(call, pipeline, attached, plan ?? full, evaluation, settings, Path.Combine(folder, title));
        result = result with
        {
            Model = name, Plan = planName, SearchSeconds = searchSeconds, Pictures = pictures,
            AttentionFlopsPercent = 100 * Cost(plan ?? full, attached, pipeline.RunRequest(settings)),
        };
        AtomicFile.WriteText(Path.Combine(folder, title + ".json"), JsonResult.Text(result));
        call.WriteJson(result);
        Print(call.Terminal, result);
        return ExitStatus.Done;
    }

    /// <summary>A folder for what the model's lacks, or <see langword="null"/>.</summary>
    protected virtual string? ComponentsOf(VerbCall call, string model) => call.Get(Script.Components);

    /// <summary>What else the names of plan, results and pictures end with.</summary>
    protected virtual string TitleEnd(VerbCall call) => "";

    /// <summary>Refuses a model of another program.</summary>
    protected abstract void RequireKind(PicturePipeline pipeline);

    /// <summary>What the search calibrates on; their noise is that of no other picture.</summary>
    protected abstract IReadOnlyList<PictureRequest> CalibrationPictures(VerbCall call, PicturePipeline pipeline, int count, long seed);

    /// <summary>What is drawn for the evaluation, numbered from 0.</summary>
    protected abstract IReadOnlyList<PictureRequest> EvaluationPictures(VerbCall call, PicturePipeline pipeline, int count, long seed);

    /// <summary>Numbers of calibration pictures begin here.</summary>
    protected static int FirstCalibrationNumber => 1 << 30;

    /// <summary>As many pictures as the authors time at once, of the calibration's classes or prompts in turn.</summary>
    private List<PictureRequest> TimedPictures(IReadOnlyList<PictureRequest> calibration)
        => [.. Enumerable.Range(0, _defaults.LatencyBatch).Select(i => calibration[i % calibration.Count] with { Number = FirstCalibrationNumber + i })];

    private (AttentionPlan? Plan, string? Name, double Seconds) FindPlan(
        VerbCall call, PicturePipeline pipeline, AttachedModel attached, IReadOnlyList<PictureRequest> calibration, PictureSettings settings, string file)
    {
        var request = pipeline.RunRequest(settings);
        if (call.Get(Script.RawEvaluation))
        {
            return (null, null, 0);
        }

        if ((call.Get(Script.Plan) ?? (call.Get(Script.UseCache) && File.Exists(file) ? file : null)) is { } given)
        {
            var known = PlanInput.Provider("--plan", given).GetPlan(new PlanRequest(attached, request));
            PlanInput.Check(given, known, attached, request);
            return (known, given, 0);
        }

        var watch = Stopwatch.StartNew();
        var plan = Search(call, pipeline, attached, calibration, settings) with
        {
            GuidanceScale = settings.GuidanceScale, Scheduler = request.Scheduler, Tokens = request.Tokens, Dtype = request.Dtype,
        };
        plan = plan with { Origin = plan.Origin with { CalibrationSamples = calibration.Count, Seed = settings.Seed } };
        var seconds = watch.Elapsed.TotalSeconds;
        AtomicFile.WriteText(file, PlanFile.Write(plan));
        PlanDrawing.WriteSvg(plan, Path.ChangeExtension(file, ".svg"));
        return (plan, file, seconds);
    }

    private AttentionPlan Search(
        VerbCall call, PicturePipeline pipeline, AttachedModel attached, IReadOnlyList<PictureRequest> calibration, PictureSettings settings)
    {
        string[] ablation =
            [.. call.Get(Script.Ablation)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(AuthorsStrategies.IdOf)];
        foreach (var id in ablation)
        {
            if (!attached.Processors.TryGet(id, out _))
            {
                throw new UserErrorException($"--ablation {id}: no such strategy; known are {string.Join(", ", attached.Processors.Ids)} and composites a+b.");
            }
        }

        var loss = PlanLoss.Named(call.Get(Script.Metric) is "ssim" ? "ssim" : PlanLoss.Official.Name);
        if (call.Get(Script.Threshold) == 0)
        {
            // The authors' scripts begin their rows with it: no loss is below 0.
            return AttentionPlan.AllFull(attached, pipeline.RunRequest(settings).Guidance, settings.Steps) with
            {
                Window = attached.Window, Origin = new PlanOrigin("greedy") { Loss = loss.Name, Threshold = 0 },
            };
        }

        using var trajectory = pipeline.Begin(calibration, settings);
        using var bar = new ProgressBar(call.Terminal, "plan search", Parts, "parts of a thousand");
        var options = new GreedySearchOptions
        {
            Threshold = call.Get(Script.Threshold),
            Loss = loss,
            Candidates = ablation.Length > 0 ? ablation : GreedySearchOptions.PaperCandidates,
        };
        return GreedyPlanSearch.Search(attached, trajectory, options, new ShareProgress(done => bar.Report((long)(done * Parts))), call.Cancellation).Plan;
    }

    private static RunResult Measure(
        VerbCall call, TimedBatch batch, IReadOnlyList<PictureRequest> pictures, AttentionPlan? plan, AttentionPlan full, PictureSettings settings)
    {
        using var bar = new ProgressBar(call.Terminal, "measure", (plan is null ? 1L : 2L) * settings.Steps, "steps");
        long done = 0;
        var (fullPictures, fullTimes) = batch.Draw(pictures, full, () => bar.Report(++done), call.Cancellation);
        using (fullPictures)
        {
            var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
            var times = fullTimes;
            if (plan is not null)
            {
                (var drawn, times) = batch.Draw(pictures, plan, () => bar.Report(++done), call.Cancellation);
                using (drawn)
                using (var reference = fullPictures.clamp(-1, 1))
                using (var clamped = drawn.clamp(-1, 1))
                {
                    metrics["psnr"] = PeakSignalToNoise.PerSample(reference, clamped, dataRange: 2).Average();
                    metrics["ssim"] = StructuralSimilarity.Mean(reference, clamped, dataRange: 2);
                }
            }

            return new RunResult(
                "", null, 0, pictures.Count, times.Whole, times.Transformer, times.Attention, times.Other, plan is null ? null : fullTimes, 0,
                PeakMemory(), metrics, null);
        }
    }

    private string Draw(
        VerbCall call, PicturePipeline pipeline, AttachedModel attached, AttentionPlan plan, IReadOnlyList<PictureRequest> pictures, PictureSettings settings, string folder)
    {
        Directory.CreateDirectory(folder);
        var description = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["model"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(pipeline.Name)), ["steps"] = settings.Steps, ["guidance_scale"] = settings.GuidanceScale,
            ["seed"] = settings.Seed, ["noise"] = PictureNoise.Formula, ["run"] = Path.GetFileName(folder), ["plan"] = plan.Origin.Method,
        };
        List<PictureFile> files = [.. pictures.Select(picture => PictureFile.Of(folder, picture, description))];
        List<PictureFile> missing = call.Get(CommonOptions.Resume) ? files.FindAll(file => !file.IsDone()) : files;
        var batch = call.Get(Script.EvaluationBatch);
        using var bar = new ProgressBar(call.Terminal, "generate", (long)((missing.Count + batch - 1) / batch) * settings.Steps, "steps");
        new PictureRun(pipeline, attached, plan, settings).Make(missing, batch, done => bar.Report(done), call.Cancellation);
        return folder;
    }

    /// <summary>What is left of the attention at the sites that plans compress.</summary>
    private static double Cost(AttentionPlan plan, AttachedModel attached, RunRequest request)
    {
        int[] sites = [.. attached.Sites.Where(site => SiteKinds.Paper.Contains(site.Kind)).Select(site => site.Index)];
        var window = (plan.Window ?? attached.Window).Resolve(request.Tokens!.Value);
        return PlanCost.Of(
            [.. plan.Rows.Select(row => (IReadOnlyList<string>)[.. sites.Select(site => row[site])])],
            attached.Processors,
            site => new SiteShape(2, request.Tokens.Value, attached.Sites[sites[site]].Heads, attached.Sites[sites[site]].HeadWidth, window)).Fraction;
    }

    /// <summary>One name for the run's plan, results and pictures, as the authors' scripts make it.</summary>
    private string Title(VerbCall call, string model)
    {
        var name = model.Trim('/').Replace('/', '_').Replace('\\', '_');
        var steps = call.Get(CommonOptions.Steps);
        if (call.Get(Script.RawEvaluation))
        {
            return string.Create(CultureInfo.InvariantCulture, $"{name}_steps{steps}");
        }

        var title = string.Create(
            CultureInfo.InvariantCulture,
            $"{name}_calib{call.Get(Script.CalibrationSamples)}_steps{steps}_threshold{call.Get(Script.Threshold)}_window{call.Get(Script.WindowSize)}_sequential{call.Get(Script.SequentialCalibration)}_evalsize{call.Get(Script.EvaluationImages)}_cfg_scale{call.Get(Script.GuidanceScale)}");
        title += call.Get(Script.Ablation) is { Length: > 0 } ablation ? "_ablation" + ablation : "";
        title += call.Get(Script.Metric) is { Length: > 0 } metric ? "_" + metric : "";
        return title + TitleEnd(call);
    }

    private static void Print(Terminal terminal, RunResult result)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("", "whole, s", "transformer, s", "attention, s", "other, s", "attention FLOPs, %", "PSNR, dB", "SSIM");
        if (result.Full is { } full)
        {
            table.AddRow("full", Number(full.Whole), Number(full.Transformer), Number(full.Attention), Number(full.Other), "100.0", "", "");
        }

        table.AddRow(
            result.Plan is null ? "full" : "plan", Number(result.Latency), Number(result.TransformerLatency), Number(result.AttentionLatency), Number(result.OtherLatency),
            result.AttentionFlopsPercent.ToString("F1", CultureInfo.InvariantCulture), Metric("psnr", "F1"), Metric("ssim", "F4"));
        terminal.Write(table);
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{result.Batch} pictures a batch; search {result.SearchSeconds:F1} s; memory {result.MaxMemoryBytes / 1e9:F2} GB at most"));

        string Metric(string name, string format) => result.Metrics.TryGetValue(name, out var value) ? value.ToString(format, CultureInfo.InvariantCulture) : "";
    }

    private static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private static string Number(double seconds) => seconds.ToString("F3", CultureInfo.InvariantCulture);
}
