using System.Diagnostics;
using System.Globalization;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Evaluation.Runs;
using DiTFastAttn.Models;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;

namespace DiTFastAttn.Cli.Generate;

/// <summary><c>generate</c> for a model that makes videos.</summary>
/// <param name="model">The model's folder.</param>
/// <param name="components">A folder for what it lacks.</param>
/// <param name="prompts">What to show.</param>
/// <param name="times">Videos of each prompt.</param>
/// <param name="steps">Denoising steps; OpenSora's own where it is <see langword="null"/>.</param>
/// <param name="guidanceScale">Guidance; OpenSora's own where it is <see langword="null"/>.</param>
/// <param name="given">The plan that the user names, if any.</param>
/// <param name="folder">Where to write.</param>
internal sealed class VideoGeneration(
    string model, string? components, IReadOnlyList<string> prompts, int times, int? steps, double? guidanceScale, GivenPlan? given, SharedFolder folder)
{
    private readonly OpenSoraSamplingOptions _sampling = SamplingOf(steps, guidanceScale);

    /// <summary>Steps and guidance as OpenSora has them, but for what is given.</summary>
    public static OpenSoraSamplingOptions SamplingOf(int? steps, double? guidanceScale)
    {
        var defaults = new OpenSoraSamplingOptions();
        return defaults with { Steps = steps ?? defaults.Steps, GuidanceScale = Math.Max(1, guidanceScale ?? defaults.GuidanceScale) };
    }

    /// <summary>Makes the videos.</summary>
    /// <returns>The exit status.</returns>
    public int Run(VerbCall call)
    {
        if (prompts.Count == 0)
        {
            throw new UserErrorException($"--prompt: '{model}' makes videos of text; give at least one.");
        }

        var use = TorchUse.Of(call);
        using var pipeline = OpenSoraPipeline.Load(model, use.AskedDtype, use.Device, components);
        var size = SizeOf(call, pipeline);
        var wishes = Wishes(call);
        wishes.ForEach(wish => wish.Check(size.Frames));
        var conditionFrames = VideoOptions.ConditionFramesOf(call, size);
        var frames = new VideoRequest(size, wishes[0].Texts) { ConditionFrames = conditionFrames }.TotalFrames;
        var description = Describe(call, pipeline, size, conditionFrames);
        List<VideoFile> files = [.. wishes.Select(wish => VideoFile.Of(folder.Path, wish, description))];
        using var share = GenerationShare.Enter(call, folder);
        var (own, missing) = (share.Own(files, batch: 1), share.Missing(files, batch: 1, file => file.IsDone(frames)));
        foreach (var reference in missing.SelectMany(file => file.Wish.References).Distinct(StringComparer.Ordinal))
        {
            _ = VideoRun.ReadReference(reference);
        }

        var (seconds, encoderFailed) = missing.Count > 0 ? Make(call, pipeline, size, conditionFrames, missing) : (0, false);
        call.WriteJson(new GenerateSummary(model, given?.Name, seconds, missing.Count, own.Count - missing.Count, [.. own.SelectMany(file => file.Existing).Select(file => $"{Path.TrimEndingDirectorySeparator(folder.Name)}/{Path.GetFileName(file)}")]));
        var skipped = own.Count - missing.Count;
        call.Terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{missing.Count} video{(missing.Count == 1 ? "" : "s")} of {frames} frames of {size.Latent.Columns * VideoConditioning.LatentScale}x{size.Latent.Rows * VideoConditioning.LatentScale} in {seconds:F1} s{(skipped > 0 ? $", {skipped} there already" : "")}: {folder.Name}"));
        return encoderFailed ? ExitStatus.MachineLacks : ExitStatus.Done;
    }

    private List<VideoWish> Wishes(VerbCall call)
        => [.. prompts.SelectMany((prompt, index) => Enumerable.Range(0, times).Select(i =>
        {
            var number = (index * times) + i;
            return VideoWish.Of(
                number, number.ToString("00000", CultureInfo.InvariantCulture), prompt, call.Get(VideoOptions.Loop), call.Get(VideoOptions.Condition) ?? [], call.Get(VideoOptions.MaskStrategy));
        }))];

    /// <summary>What the user asks for; the model's own size where it has one and nothing is asked for.</summary>
    private static VideoConditioning SizeOf(VerbCall call, OpenSoraPipeline pipeline)
    {
        var isGiven = call.IsGiven(VideoOptions.Frames) || call.IsGiven(VideoOptions.Resolution) || call.IsGiven(VideoOptions.Aspect);
        var size = !isGiven && pipeline.OwnSize(call.Get(VideoOptions.Fps)) is { } own ? own : VideoOptions.Size(call);
        return VideoOptions.Checked(pipeline, size);
    }

    private (double Seconds, bool EncoderFailed) Make(VerbCall call, OpenSoraPipeline pipeline, VideoConditioning size, int conditionFrames, List<VideoFile> missing)
    {
        var request = PictureModel.Request(() => pipeline.RunRequest(_sampling, size));
        using (var outline = PictureModel.AttachOutline(pipeline.Outline, AttentionWindow.Paper, given))
        {
            _ = given?.For(outline, request);
        }

        VideoRun.Prepare(call, pipeline, missing.Select(file => file.Wish));

        var sampler = pipeline.Sampler(_sampling);
        using var attached = AttachedModel.Attach(pipeline.Transformer, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper, subLayers: given?.HasSubLayers == true, storage: StorageOptions.Of(call));
        var plan = given?.For(attached, request);
        Directory.CreateDirectory(folder.Path);
        var clips = missing.Sum(file => (long)file.Wish.Texts.Count);
        using var bar = new ProgressBar(call.Terminal, "generate", clips * sampler.Steps, "steps");
        var watch = Stopwatch.StartNew();
        var run = new VideoRun(pipeline, sampler, attached, plan, size, call.Get(CommonOptions.Seed), conditionFrames);
        run.Make(missing, VideoOptions.PlayedFps(call), call.Get(VideoOptions.Ffmpeg)!, done => bar.Report(done), note => Note(call, bar, note), file => folder.Publish(file.Existing.OrderBy(path => path == file.Sheet).Select(path => Path.GetFileName(path))), call.Cancellation);
        return (watch.Elapsed.TotalSeconds, run.EncoderFailed);
    }

    private static void Note(VerbCall call, ProgressBar bar, string note)
    {
        bar.Clear();
        call.Terminal.Log.WriteLine("ditfast: " + note);
    }

    /// <summary>All that every video of the run depends on.</summary>
    private Dictionary<string, object?> Describe(VerbCall call, OpenSoraPipeline pipeline, VideoConditioning size, int conditionFrames)
        => new(StringComparer.Ordinal)
        {
            ["model"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(model)),
            ["steps"] = _sampling.Steps,
            ["guidance_scale"] = _sampling.GuidanceScale,
            ["seed"] = call.Get(CommonOptions.Seed),
            ["noise"] = PictureNoise.Formula,
            ["frames"] = size.Frames,
            ["height"] = size.Height,
            ["width"] = size.Width,
            ["fps"] = size.Fps,
            ["played_fps"] = VideoOptions.PlayedFps(call),
            ["loops"] = call.Get(VideoOptions.Loop),
            ["condition_frames"] = call.Get(VideoOptions.Loop) > 1 ? conditionFrames : null,
            ["dtype"] = pipeline.Dtype.ToString().ToLowerInvariant(),
            ["plan"] = given?.Name,
            ["plan_sha256"] = GenerateVerb.PlanDigest(given?.Name),
            ["cache_dtype"] = call.Get(StorageOptions.Dtype)?.ToString().ToLowerInvariant(),
        };
}
