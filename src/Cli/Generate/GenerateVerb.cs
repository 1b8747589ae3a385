using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DiTFastAttn.Cli.ObjectStore;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Models;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;

namespace DiTFastAttn.Cli.Generate;

/// <summary><c>generate MODEL</c>: pictures of classes or prompts, or videos of prompts, with or without a plan.</summary>
internal sealed class GenerateVerb : Verb
{
    private static readonly Option<string[]> Prompts = new("--prompt")
    {
        HelpName = "TEXT", Description = "What to draw; give it several times for several prompts.", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false,
    };

    private static readonly Option<string[]> Labels = new("--label")
    {
        HelpName = "N|NAME", Description = "The class to draw, by number or name; give it several times for several.", Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private static readonly Option<string?> NegativePrompt = ValueOption.Make<string?>(
        ["--negative-prompt", "--negative_prompt"], "TEXT", "What the pictures are not to show.", text => text);

    private static readonly Option<string?> Plan = ValueOption.Text(["--plan"], "FILE|periodic:STRATEGY/N", "Compute attention by this plan; in full where not given.");

    private static readonly Option<string?> Profile = ValueOption.Text(["--profile"], "NAME", "Use the plan NAME.plan.json of the model's folder plans/; 'full' is full attention.");

    private static readonly Option<string?> Components = ValueOption.Text(
        ["--components"], "DIR", "A pipeline's folder for what MODEL lacks: text encoder, tokenizer, autoencoder, scheduler.");

    private static readonly Option<int> Pictures = ValueOption.Integer(["--n"], "Pictures of each prompt or label.", 1, 1);

    private static readonly Option<int> Batch = ValueOption.Integer(["--batch"], "Pictures at a time.", 1, 1);

    private static readonly Option<int?> Steps = ValueOption.OptionalInteger(["--n-steps", "--n_steps"], "Denoising steps; the pipeline's own where not given.", 1, 1000);

    private static readonly Option<double?> GuidanceScale = ValueOption.Make<double?>(
        ["--guidance-scale", "--cfg-scale", "--cfg_scale"], "X", "Classifier-free guidance, 1 and less for none; the pipeline's own where not given.",
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var scale) && double.IsFinite(scale) && scale >= 0
            ? scale
            : throw new FormatException("give a number of at least 0"));

    private static readonly Option<int?> Height = ValueOption.OptionalInteger(["--height"], "Height in pixels; the model's own where not given.", 1, 16384);

    private static readonly Option<int?> Width = ValueOption.OptionalInteger(["--width"], "Width in pixels; the model's own where not given.", 1, 16384);

    private static readonly Option<bool> ExactSize = new("--exact-size") { Description = "Draw the size itself, not the trained size of the nearest aspect ratio." };

    private static readonly Option<bool> RawPrompt = new("--raw-prompt") { Description = "Do not clean prompts of what is no description." };

    private readonly Argument<string> _model = new("MODEL") { Description = "A model's folder (model_index.json), a checkpoint that describes itself, or 'demo'." };

    public GenerateVerb()
        : base("generate", "Draw pictures of classes or prompts, or make videos of prompts; the settings stand in each PNG's metadata.")
    {
        Add(_model);
        Add(Prompts);
        Add(Labels);
        Add(NegativePrompt);
        Add(Plan);
        Add(StorageOptions.Dtype);
        Add(StorageOptions.OnHost);
        Add(Profile);
        Add(Components);
        Add(Pictures);
        Add(Batch);
        Add(Steps);
        Add(GuidanceScale);
        Add(Height);
        Add(Width);
        Add(ExactSize);
        Add(RawPrompt);
        foreach (var option in VideoOptions.All)
        {
            Add(option);
        }

        Add(CommonOptions.Resume);
        Add(CommonOptions.Worker);
        Add(CommonOptions.Device);
        Add(CommonOptions.Dtype);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Seed);
        Add(CommonOptions.Out);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        using var folder = WorkFolder.Open(call, "pictures");
        var model = call.Get(_model)!;
        var planName = PlanName(call, model);
        var given = planName is null ? null : GivenPlan.Of("--plan", planName);
        if (OpenSoraPipeline.Describes(model, call.Get(Components)))
        {
            Refuse(call, $"'{model}' makes videos", [Labels, NegativePrompt, Batch, Height, Width, ExactSize, RawPrompt]);
            return new VideoGeneration(
                model, call.Get(Components), call.Get(Prompts) ?? [], call.Get(Pictures), call.Get(Steps), call.Get(GuidanceScale), given, folder).Run(call);
        }

        Refuse(call, $"'{model}' draws pictures", VideoOptions.All);
        using var pipeline = PictureModel.Open(model, TorchUse.Of(call), call.Get(Components));
        var settings = Settings(call, pipeline.Defaults);
        var pictures = PictureWishes.Of(pipeline, call.Get(Labels) ?? [], call.Get(Prompts) ?? [], call.Get(NegativePrompt), call.Get(Pictures));
        var description = Describe(call, pipeline, settings, planName);
        List<PictureFile> files = [.. pictures.Select(picture => PictureFile.Of(folder.Path, picture, description))];
        using var share = GenerationShare.Enter(call, folder);
        var batch = call.Get(Batch);
        var (own, missing) = (share.Own(files, batch), share.Missing(files, batch, file => file.IsDone()));
        var watch = Stopwatch.StartNew();
        if (missing.Count > 0)
        {
            watch = Make(call, pipeline, settings, given, share, missing);
        }

        var summary = new GenerateSummary(
            model, planName, watch.Elapsed.TotalSeconds, missing.Count, own.Count - missing.Count, [.. own.Select(file => $"{Path.TrimEndingDirectorySeparator(folder.Name)}/{Path.GetFileName(file.Path)}")]);
        call.WriteJson(summary);
        call.Terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{summary.Made} picture{(summary.Made == 1 ? "" : "s")} in {summary.Seconds:F1} s{(summary.Skipped > 0 ? $", {summary.Skipped} there already" : "")}: {folder.Name}"));
        return ExitStatus.Done;
    }

    private static Stopwatch Make(
        VerbCall call, PicturePipeline pipeline, PictureSettings settings, GivenPlan? given, GenerationShare share, List<PictureFile> missing)
    {
        var request = PictureModel.Request(() => pipeline.RunRequest(settings));
        using (var outline = PictureModel.AttachOutline(pipeline.Outline, AttentionWindow.Paper, given))
        {
            _ = given?.For(outline, request);
        }

        PictureModel.Prepare(call, pipeline, [.. missing.Select(file => file.Picture)], settings);
        using var attached = AttachedModel.Attach(pipeline.Transformer, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper, subLayers: given?.HasSubLayers == true, storage: StorageOptions.Of(call));
        var plan = given?.For(attached, request);
        Directory.CreateDirectory(share.Folder.Path);
        var batch = call.Get(Batch);
        var batches = (missing.Count + batch - 1) / batch;
        using var bar = new ProgressBar(call.Terminal, "generate", (long)batches * settings.Steps, "steps");
        var watch = Stopwatch.StartNew();
        new PictureRun(pipeline, attached, plan, settings).Make(
            missing, batch, done => bar.Report(done), part => share.Folder.HandOver(part.Select(file => Path.GetFileName(file.Path))), call.Cancellation);
        watch.Stop();
        return watch;
    }

    private static PictureSettings Settings(VerbCall call, PictureSettings defaults) => defaults with
    {
        Steps = call.Get(Steps) ?? defaults.Steps,
        GuidanceScale = call.Get(GuidanceScale) ?? defaults.GuidanceScale,
        Seed = call.Get(CommonOptions.Seed),
        Height = call.Get(Height),
        Width = call.Get(Width),
        UsesBins = !call.Get(ExactSize),
        CleansPrompts = !call.Get(RawPrompt),
    };

    private static void Refuse(VerbCall call, string why, IReadOnlyList<Option> options)
    {
        if (options.FirstOrDefault(call.IsGiven) is { } given)
        {
            throw new UserErrorException($"{given.Name}: {why}; leave it out.");
        }
    }

    private static string? PlanName(VerbCall call, string model)
    {
        if (call.Get(Profile) is not { } profile)
        {
            return call.Get(Plan);
        }

        if (call.Get(Plan) is not null)
        {
            throw new UserErrorException("--profile: give either it or --plan.");
        }

        if (profile == "full")
        {
            return null;
        }

        const string Ending = ".plan.json";
        var folder = Path.Combine(model, "plans");
        var file = Path.Combine(folder, profile + Ending);
        if (File.Exists(file))
        {
            return file;
        }

        var known = Directory.Exists(folder)
            ? Directory.GetFiles(folder, "*" + Ending).Select(path => Path.GetFileName(path)[..^Ending.Length]).Order(StringComparer.Ordinal).ToList()
            : [];
        throw new UserErrorException($"--profile {profile}: there is no '{file}'; known are {string.Join(", ", known.Prepend("full"))}.");
    }

    /// <summary>What tells a plan's file apart from another of the same name.</summary>
    internal static string? PlanDigest(string? plan)
        => plan is not null && File.Exists(plan) ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(File.ReadAllText(plan)))) : null;

    /// <summary>All that every picture of the run depends on.</summary>
    private static Dictionary<string, object?> Describe(VerbCall call, PicturePipeline pipeline, PictureSettings settings, string? plan)
        => new(StringComparer.Ordinal)
        {
            ["model"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(pipeline.Name)),
            ["steps"] = settings.Steps,
            ["guidance_scale"] = settings.GuidanceScale,
            ["seed"] = settings.Seed,
            ["noise"] = PictureNoise.Formula,
            ["height"] = settings.Height,
            ["width"] = settings.Width,
            ["exact_size"] = !settings.UsesBins,
            ["raw_prompt"] = !settings.CleansPrompts,
            ["scheduler"] = pipeline.Scheduler.Name,
            ["dtype"] = pipeline.Dtype.ToString().ToLowerInvariant(),
            ["plan"] = plan,
            ["plan_sha256"] = PlanDigest(plan),
            ["cache_dtype"] = call.Get(StorageOptions.Dtype)?.ToString().ToLowerInvariant(),
        };
}
