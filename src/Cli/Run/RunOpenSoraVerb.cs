using System.Globalization;
using DiTFastAttn.Cli.Generate;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Cli.Search;
using DiTFastAttn.Hosting;
using DiTFastAttn.Hosting.Composition;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Models;
using Microsoft.Extensions.DependencyInjection;
using TorchSharp;

namespace DiTFastAttn.Cli.Run;

/// <summary><c>run opensora</c>: the paper's program for OpenSora v1.1: calibrate, search, measure, make videos.</summary>
internal sealed class RunOpenSoraVerb : Verb
{
    private const string Checkpoints = "checkpoints";

    // The calibration's noise is that of no video; its seed is the authors'.
    private const int FirstCalibrationNumber = 1 << 30;
    private const int CalibrationSeed = 3;

    private readonly RunOptions _script = new(new RunDefaults(RunOpenSoraOptions.Published, 4, 128, 0, 1, "", 1, 7) { Threshold = 0.95, Seed = 42 });

    public RunOpenSoraVerb()
        : base("opensora", "Calibrate, search, measure and make videos with OpenSora v1.1, with the options of the authors' run_opensora.py.")
    {
        foreach (var option in RunOpenSoraOptions.All)
        {
            Add(option);
        }

        Add(OpenSoraConfig.Option);
        Add(_script.CalibrationSamples);
        Add(_script.Threshold);
        Add(_script.WindowSize);
        Add(_script.SequentialCalibration);
        Add(_script.Debug);
        Add(_script.UseCache);
        Add(_script.RawEvaluation);
        Add(_script.Ablation);
        Add(_script.Metric);
        Add(_script.Seed);
        Add(_script.GuidanceScale);
        Add(_script.Plan);
        Add(_script.Components);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        call = OpenSoraConfig.Apply(call, _script.GuidanceScale);
        var folder = call.Get(RunOpenSoraOptions.SaveFolder) ?? call.Get(CommonOptions.Out) ?? Path.Combine("output", "opensora");
        OutputPath.CheckFolder("--out", folder);
        var name = ModelFolders.Find(call.Get(RunOpenSoraOptions.Model)!);
        var wishes = OpenSoraPrompts.Read(call);
        var use = TorchUse.Of(call);
        using var pipeline = OpenSoraPipeline.Load(name, use.AskedDtype, use.Device, ComponentsOf(call, name));
        var size = VideoOptions.Checked(pipeline, VideoOptions.Size(call, call.Get(RunOpenSoraOptions.Size) is [var height, var width] ? (height, width) : null));
        var conditionFrames = VideoOptions.ConditionFramesOf(call, size);
        wishes.ForEach(wish => wish.Check(size.Frames));
        foreach (var reference in wishes.SelectMany(wish => wish.References).Distinct(StringComparer.Ordinal))
        {
            _ = VideoRun.ReadReference(reference);
        }

        var sampling = VideoGeneration.SamplingOf(call.Get(RunOpenSoraOptions.Steps), call.Get(_script.GuidanceScale));
        var request = PictureModel.Request(() => pipeline.RunRequest(sampling, size));
        var window = call.Get(RunOpenSoraOptions.Window) ?? AttentionWindow.Tokens(call.Get(_script.WindowSize));
        var named = PlanFinder.Named(call, _script);
        var subLayers = SearchedSites.WithSubLayers(call) || named?.HasSubLayers == true;
        var title = Title(call, name, size);
        var planFile = Path.Combine(folder, title + ".plan.json");
        using (var outline = PictureModel.AttachOutline(pipeline.Outline, window, named, subLayers))
        {
            _ = SearchedSites.Of(call, outline);
            new PlanFinder(call, _script, outline, request, named).Check(planFile);
        }

        VideoRun.Prepare(call, pipeline, wishes);

        var sampler = pipeline.Sampler(sampling);
        using var services = new ServiceCollection().AddDiTFastAttn(o => (o.Window, o.SubLayers, o.StateStorage) = (window, subLayers, StorageOptions.Of(call))).UseTiming(waitsForDevice: true).Services.BuildServiceProvider();
        using var attached = services.GetRequiredService<IFastAttention>().Attach(pipeline.Transformer);
        var kinds = SearchedSites.Of(call, attached);
        Directory.CreateDirectory(folder);
        using var noGrad = torch.no_grad();
        List<VideoWish> calibration = [.. Enumerable.Range(0, call.Get(_script.CalibrationSamples)).Select(i => wishes[i % wishes.Count])];
        using var sizes = size.Sizes(calibration.Count, pipeline.Dtype, use.Device);
        using var oneSize = size.Sizes(1, pipeline.Dtype, use.Device);
        var (plan, planName, searchSeconds) = new PlanFinder(call, _script, attached, request, named).Find(
            planFile, calibration.Count, CalibrationSeed, () => Begin(pipeline, sampler, size, sizes, calibration, CalibrationSeed, FirstCalibrationNumber), kinds);
        var full = AttentionPlan.AllFull(attached, request.Guidance, request.Steps) with { Window = window };
        var batch = new TimedBatch(
            attached, services.GetRequiredService<AttentionTimings>(), request, () => Begin(pipeline, sampler, size, oneSize, [wishes[0]], call.Get(_script.Seed), 0),
            latents => Decode(pipeline.Codec(size), latents), use.Device);
        var result = RunReport.Measure(call, batch, 1, plan, full);
        var (videos, status) = call.Get(_script.Debug) ? (null, ExitStatus.Done) : MakeVideos(call, pipeline, sampler, attached, plan ?? full, wishes, size, conditionFrames, Path.Combine(folder, title), name);
        var shapes = new VideoShapes(pipeline.Config, size, request.Guidance == Guidance.None ? 1 : 2, pipeline.Config.ModelMaxLength);
        result = result with
        {
            Model = name, Plan = planName, SearchSeconds = searchSeconds, Pictures = videos, AttentionFlopsPercent = 100 * Cost(plan ?? full, attached, shapes, window, kinds),
            CacheMemory = PlanMemory.Of(
                plan ?? full, attached.Processors, site => kinds.Contains(attached.Sites[site].Kind) ? shapes.Of(attached.Sites[site].Kind, (plan ?? full).Window ?? window) : null,
                attached.StateStorage.ElementBytes(pipeline.Dtype == torch.ScalarType.Float32 ? 4 : 2)),
        };
        AtomicFile.WriteText(Path.Combine(folder, title + ".json"), JsonResult.Text(result));
        call.WriteJson(result);
        RunReport.Print(call.Terminal, result, "video");
        return status;
    }

    /// <summary>A folder for what the model's lacks: the one that is given, or that of the published parts.</summary>
    private string? ComponentsOf(VerbCall call, string model)
        => call.Get(_script.Components) ?? (Directory.Exists(Path.Combine(model, "text_encoder")) || !Directory.Exists(Checkpoints) ? null : Checkpoints);

    private static OpenSoraTrajectory Begin(
        OpenSoraPipeline pipeline, OpenSoraSampler sampler, VideoConditioning size, VideoSizes sizes, IReadOnlyList<VideoWish> videos, long seed, int firstNumber)
    {
        using var scope = torch.NewDisposeScope();
        int[] numbers = [.. Enumerable.Range(firstNumber, videos.Count)];
        return sampler.Begin(pipeline.TextOf([.. videos.Select(video => video.Texts[0])]), sizes, Noise(0), step => Noise(step + 1));

        torch.Tensor Noise(int draw)
        {
            using var noise = PictureNoise.Draw(seed, numbers, draw, size.LatentShape(1, sampler.LatentChannels)[1..]);
            return noise.to(sizes.Height.device, copy: true);
        }
    }

    /// <summary>A video's frames as pictures: <c>[1, C, T, h, w] -> [T, 3, H, W]</c>.</summary>
    private static torch.Tensor Decode(IVideoCodec codec, torch.Tensor latents)
    {
        using var one = latents.squeeze(0);
        using var frames = codec.Decode(one);
        return frames.transpose(0, 1).contiguous();
    }

    private (string Folder, int Status) MakeVideos(
        VerbCall call, OpenSoraPipeline pipeline, OpenSoraSampler sampler, AttachedModel attached, AttentionPlan plan, List<VideoWish> wishes, VideoConditioning size, int conditionFrames,
        string folder, string model)
    {
        Directory.CreateDirectory(folder);
        var description = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["model"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(model)), ["steps"] = sampler.Steps, ["guidance_scale"] = call.Get(_script.GuidanceScale),
            ["seed"] = call.Get(_script.Seed), ["noise"] = PictureNoise.Formula, ["frames"] = size.Frames, ["height"] = size.Height, ["width"] = size.Width, ["fps"] = size.Fps,
            ["run"] = Path.GetFileName(folder), ["plan"] = plan.Origin.Method,
        };
        var frames = new VideoRequest(size, wishes[0].Texts) { ConditionFrames = conditionFrames }.TotalFrames;
        List<VideoFile> files = [.. wishes.Select(wish => VideoFile.Of(folder, wish, description))];
        List<VideoFile> missing = call.Get(CommonOptions.Resume) ? files.FindAll(file => !file.IsDone(frames)) : files;
        using var bar = new ProgressBar(call.Terminal, "generate", missing.Sum(file => (long)file.Wish.Texts.Count) * sampler.Steps, "steps");
        var run = new VideoRun(pipeline, sampler, attached, plan, size, call.Get(_script.Seed), conditionFrames);
        run.Make(
            missing, VideoOptions.PlayedFps(call), call.Get(VideoOptions.Ffmpeg)!, done => bar.Report(done), note => call.Terminal.Log.WriteLine("ditfast: " + note), _ => { }, call.Cancellation);
        return (folder, run.EncoderFailed ? ExitStatus.MachineLacks : ExitStatus.Done);
    }

    /// <summary>What is left of the attention at the kinds of sites that are searched.</summary>
    private static double Cost(AttentionPlan plan, AttachedModel attached, VideoShapes shapes, AttentionWindow window, IReadOnlyCollection<SiteKind> kinds)
    {
        int[] sites = [.. attached.Sites.Where(site => kinds.Contains(site.Kind)).Select(site => site.Index)];
        return PlanCost.Of(
            [.. plan.Rows.Select(row => (IReadOnlyList<string>)[.. sites.Select(site => row[site])])],
            attached.Processors,
            site => shapes.Of(attached.Sites[sites[site]].Kind, plan.Window ?? window)).Fraction;
    }

    /// <summary>One name for the run's plan, results and videos.</summary>
    private string Title(VerbCall call, string model, VideoConditioning size)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(model));
        var title = string.Create(
            CultureInfo.InvariantCulture, $"{name}_steps{call.Get(RunOpenSoraOptions.Steps)}_{size.Frames}x{size.Height}x{size.Width}_cfg_scale{call.Get(_script.GuidanceScale)}");
        if (call.Get(_script.RawEvaluation))
        {
            return title;
        }

        var window = call.Get(RunOpenSoraOptions.Window)?.ToString() ?? call.Get(_script.WindowSize).ToString(CultureInfo.InvariantCulture);
        title += string.Create(CultureInfo.InvariantCulture, $"_calib{call.Get(_script.CalibrationSamples)}_threshold{call.Get(_script.Threshold)}_window{window.Replace('/', '-')}");
        title += call.IsGiven(SearchedSites.Option) ? "_sites-" + string.Join('-', call.Get(SearchedSites.Option)!.Values) : "";
        title += call.Get(_script.Ablation) is { Length: > 0 } ablation ? "_ablation" + ablation : "";
        return title + (call.Get(_script.Metric) is { Length: > 0 } metric ? "_" + metric : "") + StorageOptions.TitleEnd(call);
    }
}
