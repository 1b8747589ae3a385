using System.CommandLine;
using System.Globalization;
using DiTFastAttn.Cli.Generate;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Cli.Search;
using DiTFastAttn.Hosting;
using DiTFastAttn.Hosting.Composition;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Models;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace DiTFastAttn.Cli.Run;

/// <summary>What the paper's programs for pictures share: calibrate, search, draw, measure.</summary>
internal abstract class RunVerb : Verb
{
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
        var measuring = new RunEvaluation(call, Script);
        var name = ModelFolders.Find(call.Get(Script.Model)!);
        using var pipeline = PictureModel.Open(name, TorchUse.Of(call), ComponentsOf(call, name));
        RequireKind(pipeline);
        var settings = pipeline.Defaults with
        {
            Steps = call.Get(CommonOptions.Steps), GuidanceScale = call.Get(Script.GuidanceScale), Seed = call.Get(Script.Seed),
        };
        var calibration = CalibrationPictures(call, pipeline, call.Get(Script.CalibrationSamples), settings.Seed);
        var evaluation = call.Get(Script.Debug) ? [] : EvaluationPictures(call, pipeline, call.Get(Script.EvaluationImages), settings.Seed);
        var request = PictureModel.Request(() => pipeline.RunRequest(settings));
        var window = AttentionWindow.Tokens(call.Get(Script.WindowSize));
        var named = PlanFinder.Named(call, Script);
        var title = Title(call, name);
        var planFile = Path.Combine(folder, title + ".plan.json");
        using (var outline = PictureModel.AttachOutline(pipeline.Outline, window, named))
        {
            new PlanFinder(call, Script, outline, request, named).Check(planFile);
        }

        PictureModel.Prepare(call, pipeline, [.. calibration, .. evaluation], settings);
        using var services = new ServiceCollection().AddDiTFastAttn(o => (o.Window, o.SubLayers, o.StateStorage) = (window, named?.HasSubLayers == true, StorageOptions.Of(call))).UseTiming(waitsForDevice: true).Services.BuildServiceProvider();
        using var attached = services.GetRequiredService<IFastAttention>().Attach(pipeline.Transformer);
        Directory.CreateDirectory(folder);
        var (plan, planName, searchSeconds) = new PlanFinder(call, Script, attached, request, named).Find(
            planFile, calibration.Count, settings.Seed, () => pipeline.Begin(calibration, settings));
        var full = AttentionPlan.AllFull(attached, request.Guidance, settings.Steps);
        List<PictureRequest> timed = TimedPictures(calibration);
        var batch = new TimedBatch(
            attached, services.GetRequiredService<AttentionTimings>(), request, () => pipeline.Begin(timed, settings), latents => pipeline.Decode(latents, settings), pipeline.Device);
        var result = RunReport.Measure(call, batch, timed.Count, plan, full);
        var pictures = evaluation.Count == 0 ? null : Draw(call, pipeline, attached, (plan ?? full, planName), evaluation, settings, Path.Combine(folder, title));
        var metrics = new Dictionary<string, double>(result.Metrics, StringComparer.Ordinal);
        if (pictures is not null)
        {
            measuring.Measure(pictures, call.Get(Script.RealImages)!, metrics);
        }

        result = result with
        {
            Model = name, Plan = planName, SearchSeconds = searchSeconds, Pictures = pictures, Metrics = metrics,
            AttentionFlopsPercent = 100 * Cost(plan ?? full, attached, request),
        };
        AtomicFile.WriteText(Path.Combine(folder, title + ".json"), JsonResult.Text(result));
        call.WriteJson(result);
        RunReport.Print(call.Terminal, result, "pictures");
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

    private string Draw(
        VerbCall call, PicturePipeline pipeline, AttachedModel attached, (AttentionPlan Plan, string? Name) plan, IReadOnlyList<PictureRequest> pictures, PictureSettings settings,
        string folder)
    {
        Directory.CreateDirectory(folder);
        var description = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["model"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(pipeline.Name)), ["steps"] = settings.Steps, ["guidance_scale"] = settings.GuidanceScale,
            ["seed"] = settings.Seed, ["noise"] = PictureNoise.Formula, ["dtype"] = pipeline.Dtype.ToString().ToLowerInvariant(), ["plan"] = plan.Name,
            ["plan_sha256"] = GenerateVerb.PlanDigest(plan.Name),
        };
        List<PictureFile> files = [.. pictures.Select(picture => PictureFile.Of(folder, picture, description))];
        List<PictureFile> missing = call.Get(CommonOptions.Resume) ? files.FindAll(file => !file.IsDone()) : files;
        var batch = call.Get(Script.EvaluationBatch);
        using var bar = new ProgressBar(call.Terminal, "generate", (long)((missing.Count + batch - 1) / batch) * settings.Steps, "steps");
        new PictureRun(pipeline, attached, plan.Plan, settings).Make(missing, batch, done => bar.Report(done), _ => { }, call.Cancellation);
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
        title += call.Get(TargetOptions.Flops) is { } target ? string.Create(CultureInfo.InvariantCulture, $"_target-flops{100 * target:0.###}_rounds{call.Get(TargetOptions.Rounds)}") : "";
        title += StorageOptions.TitleEnd(call);
        return title + TitleEnd(call);
    }
}
