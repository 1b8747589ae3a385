using DiTFastAttn.Cli.Generate;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Evaluation;
using DiTFastAttn.Hosting;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Models;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using Microsoft.Extensions.DependencyInjection;

namespace DiTFastAttn.Cli.Study;

/// <summary>The model of a study, what is drawn with it, and what its attention costs.</summary>
internal sealed class StudyModel : IDisposable
{
    private const int MostClasses = 1000;

    // Numbers of calibration pictures begin here: their noise is that of no other picture.
    private const int FirstCalibrationNumber = 1 << 30;

    private readonly PicturePipeline _pipeline;
    private readonly VerbCall _call;
    private readonly HashSet<(int Steps, string NegativePrompt)> _prepared = [];

    private StudyModel(VerbCall call, PicturePipeline pipeline, StudySettings study)
    {
        (_call, _pipeline) = (call, pipeline);
        Study = study with
        {
            Steps = study.Steps ?? pipeline.Defaults.Steps,
            GuidanceScale = study.GuidanceScale ?? pipeline.Defaults.GuidanceScale,
            Labels = Labels(study),
            Prompts = Prompts(study),
        };
        Window = AttentionWindow.Parse(study.Window);

        // The text encoder comes and goes before the transformer is there.
        foreach (var prompt in study.Parts.SelectMany(part => part.NegativePrompts ?? []).Prepend(study.NegativePrompt))
        {
            Prepare(Study.Steps!.Value, DrawsText ? prompt : study.NegativePrompt);
        }

        Weights = WeightFingerprint.Of(pipeline.Transformer);
        using var withSubLayers = AttachedModel.Attach(pipeline.Transformer, new ProcessorCatalog(), AttentionKernels.Default, Window, subLayers: true);
        SubLayersOfToken = withSubLayers.Sites.OfType<SubLayerSite>().Sum(site => site.MultiplyAccumulates);
    }

    /// <summary>The study with everything that it leaves out.</summary>
    public StudySettings Study { get; }

    /// <summary>The window of plans.</summary>
    public AttentionWindow Window { get; }

    /// <summary>Tells the weights apart.</summary>
    public string Weights { get; }

    /// <summary>Multiply-accumulates of all feed-forwards for a token, as far as the model declares them.</summary>
    public long SubLayersOfToken { get; }

    /// <summary>The pipeline.</summary>
    public PicturePipeline Pipeline => _pipeline;

    /// <summary>Whether it draws from text.</summary>
    public bool DrawsText => _pipeline is not DiTPipeline;

    /// <summary>Opens the model of a study.</summary>
    /// <param name="call">The call.</param>
    /// <param name="study">The study.</param>
    /// <exception cref="UserErrorException">The study does not go with the model.</exception>
    public static StudyModel Open(VerbCall call, StudySettings study)
    {
        var use = TorchUse.Of(call) with { AskedDtype = AskedDtype(study) };
        if (study is { InputSize: not null } && Directory.Exists(study.Model))
        {
            throw new UserErrorException($"input_size: {study.InputSize}: '{study.Model}' has a size of its own; leave it out.");
        }

        use.RequireArithmetic();
        var pipeline = study.InputSize is { } size
            ? DiTPipeline.Of(ModelInput.Load(study.Model, size), study.Model, use.Dtype, use.Device)
            : PictureModel.Open(study.Model, use, study.Components);
        try
        {
            return new StudyModel(call, pipeline, study);
        }
        catch
        {
            pipeline.Dispose();
            throw;
        }
    }

    /// <summary>Attaches the transformer.</summary>
    /// <param name="configure">What stands around strategies.</param>
    /// <param name="services">What was registered; to be disposed after the model.</param>
    public AttachedModel Attach(Action<DiTFastAttnBuilder> configure, out ServiceProvider services)
    {
        var builder = new ServiceCollection().AddDiTFastAttn(options => options.Window = Window);
        configure(builder);
        services = builder.Services.BuildServiceProvider();
        return services.GetRequiredService<IFastAttention>().Attach(_pipeline.Transformer);
    }

    /// <summary>How pictures of a point are made; text is encoded here.</summary>
    /// <param name="steps">Denoising steps T.</param>
    /// <param name="negativePrompt">What pictures are not to show.</param>
    public PictureSettings Prepare(int steps, string negativePrompt)
    {
        var settings = _pipeline.Defaults with { Steps = steps, GuidanceScale = Study.GuidanceScale!.Value, Seed = Study.Seed };
        if (_prepared.Add((steps, negativePrompt)))
        {
            PictureModel.Prepare(_call, _pipeline, [.. Pictures(negativePrompt), .. Calibration(Study.NegativePrompt)], settings);
        }

        return settings;
    }

    /// <summary>The pictures of a point.</summary>
    public IReadOnlyList<PictureRequest> Pictures(string negativePrompt) => Requests(Study.Pictures, 0, negativePrompt);

    /// <summary>What plans are searched on.</summary>
    public IReadOnlyList<PictureRequest> Calibration(string negativePrompt) => Requests(Study.Calibration, FirstCalibrationNumber, negativePrompt);

    /// <summary>What a plan costs of a batch, at the sites that plans compress, and with the feed-forwards beside them.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="attached">The model.</param>
    /// <param name="request">What the run is.</param>
    /// <param name="pictures">Pictures of the batch.</param>
    public (PlanCost Attention, double TotalFraction) Cost(AttentionPlan plan, AttachedModel attached, RunRequest request, int pictures)
    {
        var batch = pictures * (request.Guidance == Guidance.None ? 1 : 2);
        var sites = Compressed(attached);
        var cost = PlanCost.Of(
            [.. plan.Rows.Select(row => (IReadOnlyList<string>)[.. sites.Select(site => row[site])])], attached.Processors, site => Shape(attached.Sites[sites[site]], request, batch));
        var others = (double)SubLayersOfToken * request.Tokens!.Value * batch * plan.Steps;
        return (cost, (cost.Total + others) / (cost.AllFull + others));
    }

    /// <summary>What a strategy leaves of full attention at a site, by its formula.</summary>
    public double Share(string strategy, AttachedModel attached, RunRequest request)
    {
        var shape = Shape(attached.Sites[Compressed(attached)[0]], request, batch: 2);
        return (double)attached.Processors.GetProcessor(strategy).Cost(shape).Total / attached.Processors.GetProcessor("full").Cost(shape).Total;
    }

    /// <summary>The sites that plans compress.</summary>
    public static int[] Compressed(AttachedModel attached) => [.. attached.Sites.Where(site => SiteKinds.Paper.Contains(site.Kind)).Select(site => site.Index)];

    /// <inheritdoc/>
    public void Dispose() => _pipeline.Dispose();

    private SiteShape Shape(AttentionSite site, RunRequest request, long batch)
        => new(batch, request.Tokens!.Value, site.Heads, site.HeadWidth, Window.Axes == 1 ? Window.Resolve(request.Tokens.Value) : 0)
        {
            WindowPairs = Window.CountPairs(request.Tokens.Value, default),
        };

    private static TorchSharp.torch.ScalarType? AskedDtype(StudySettings study) => study.Dtype switch
    {
        "bfloat16" => TorchSharp.torch.ScalarType.BFloat16,
        "float16" => TorchSharp.torch.ScalarType.Float16,
        "float32" => TorchSharp.torch.ScalarType.Float32,
        _ => null,
    };

    private List<PictureRequest> Requests(int count, int first, string negativePrompt)
        => [.. Enumerable.Range(0, count).Select(i => Study.Prompts is { } prompts
            ? new PictureRequest(first + i) { Prompt = prompts[i % prompts.Count], NegativePrompt = negativePrompt }
            : new PictureRequest(first + i) { Label = Study.Labels![i % Study.Labels.Count] })];

    private IReadOnlyList<int>? Labels(StudySettings study)
    {
        if (_pipeline is not DiTPipeline dit)
        {
            return study.Labels is { } given ? throw new UserErrorException($"labels: {given[0]}: '{study.Model}' draws from text; give prompts.") : null;
        }

        if (study.Labels is { } labels && labels.Any(label => label >= dit.Geometry.Classes))
        {
            throw new UserErrorException($"labels: {labels.First(label => label >= dit.Geometry.Classes)}: '{study.Model}' draws the classes 0 to {dit.Geometry.Classes - 1}.");
        }

        return study.Labels ?? [.. Enumerable.Range(0, Math.Min(dit.Geometry.Classes, MostClasses))];
    }

    private IReadOnlyList<string>? Prompts(StudySettings study)
    {
        if (_pipeline is DiTPipeline)
        {
            return study.Prompts is { } given || study.NegativePrompt.Length > 0
                ? throw new UserErrorException($"{(study.Prompts is null ? "negative_prompt" : "prompts")}: '{study.Model}' draws classes; give labels, or nothing for all.")
                : null;
        }

        return study.Prompts ?? throw new UserErrorException($"prompts: are missing, and '{study.Model}' draws from text; give at least one.");
    }
}
