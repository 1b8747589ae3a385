using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// DiT from class to picture: diffusers' folder (<c>DiTPipeline</c>), Meta's file, or a checkpoint that describes itself
/// (<see cref="DiTCheckpoint"/>). The conditional half is first.
/// </summary>
public sealed class DiTPipeline : PicturePipeline
{
    // Meta's code guides three of the four channels.
    private const int MetaGuidedChannels = 3;

    private readonly LateTransformer<DiTModel> _transformer;
    private readonly int? _guidedChannels;

    private DiTPipeline(
        string name, LateTransformer<DiTModel> transformer, SchedulerConfig scheduler, AutoencoderKL? vae, IReadOnlyDictionary<int, string> labels, PictureSettings defaults,
        ScalarType dtype, Device device, int? guidedChannels = null)
        : base(name, scheduler, vae, dtype, device)
    {
        _transformer = transformer;
        _guidedChannels = guidedChannels;
        Labels = labels;
        Defaults = defaults;
    }

    /// <summary>Names of the classes, where the model has them; several names of one class stand in one text, with commas between.</summary>
    public IReadOnlyDictionary<int, string> Labels { get; }

    /// <summary>Sizes of inputs and outputs.</summary>
    public DiTGeometry Geometry => _transformer.Outline.Geometry;

    /// <inheritdoc/>
    /// <remarks>Loaded at the first need.</remarks>
    public override nn.Module Transformer => _transformer.Model;

    /// <inheritdoc/>
    internal override nn.Module Outline => _transformer.Outline;

    /// <inheritdoc/>
    public override PictureSettings Defaults { get; }

    /// <summary>Loads a folder.</summary>
    /// <param name="folder">With <c>model_index.json</c>, <c>transformer/</c>, <c>scheduler/</c> and <c>vae/</c>.</param>
    /// <param name="dtype">The transformer's dtype; what <see cref="WeightSources.RunDtype"/> says where it is <see langword="null"/>.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="components">A folder for what the first lacks.</param>
    /// <exception cref="WeightFileException">A file is missing or damaged, or it is another model's; the message names it.</exception>
    /// <exception cref="NotEnoughMemoryException">It would not fit.</exception>
    public static DiTPipeline Load(string folder, ScalarType? dtype, Device device, string? components = null)
    {
        var files = new PipelineFolder(folder, components);
        var config = files.Config("transformer", "config.json", DiffusersDiTConfig.Parse);
        var scheduler = files.Scheduler();
        var labels = files.Labels;
        ScalarType run;
        using (var weights = files.Weights("transformer"))
        {
            run = dtype ?? weights.RunDtype(device);
        }

        var transformer = LateTransformer<DiTModel>.Of(
            () => new DiffusersDiT(config), (model, source) => model.LoadWeights(source), (source, outline) => source.Check(outline),
            () => files.Weights("transformer"), file => file, run, device);
        return Owning(transformer, () => new DiTPipeline(folder, transformer, scheduler, files.Vae(device), labels, new PictureSettings(), run, device));
    }

    /// <summary>Loads Meta's file, to run it as Meta's code does.</summary>
    internal static DiTPipeline Load(OriginalCheckpoint checkpoint, string path, ScalarType? dtype, Device device, string components)
    {
        const int MetaSteps = 250;
        var files = new PipelineFolder(components);
        var config = checkpoint.DiT();
        var run = dtype ?? checkpoint.Weights.RunDtype(device);
        var transformer = LateTransformer<DiTModel>.Of(
            () => new MetaDiT(config), (model, source) => model.LoadWeights(source), (source, outline) => source.Check(outline, MetaDiT.PositionTableKey),
            () => WeightFile.Open(path), file => new OriginalCheckpoint(file, path).Weights, run, device);
        return Owning(transformer, () => new DiTPipeline(
            path, transformer, new IddpmConfig { LearnSigma = config.LearnSigma }, files.Vae(device), files.Labels, new PictureSettings { Steps = MetaSteps }, run, device,
            Math.Min(MetaGuidedChannels, config.InChannels)));
    }

    /// <summary>A pipeline around a checkpoint that describes itself and draws pixels.</summary>
    /// <param name="checkpoint">The checkpoint; the pipeline takes it over.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="dtype">The transformer's dtype.</param>
    /// <param name="device">Where to compute.</param>
    public static DiTPipeline Of(DiTCheckpoint checkpoint, string name, ScalarType dtype, Device device)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Model.to(dtype).to(device);
        return new DiTPipeline(
            name, new LateTransformer<DiTModel>(checkpoint.Model), checkpoint.Scheduler, vae: null, checkpoint.Classes.Index().ToDictionary(c => c.Index, c => c.Item),
            new PictureSettings { Steps = 20, GuidanceScale = 2 }, dtype, device);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Prepare(
        IReadOnlyList<PictureRequest> pictures, PictureSettings settings, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(settings);
        foreach (var picture in pictures)
        {
            var label = picture.Label ?? throw new ArgumentException($"picture {picture.Number} has no label, and {Name} draws classes.", nameof(pictures));
            if (label < 0 || label >= Geometry.Classes)
            {
                throw new ArgumentException($"label {label} is out of range: this model draws the classes 0 to {Geometry.Classes - 1}.", nameof(pictures));
            }
        }

        var side = Geometry.InputSize * CellPixels;
        if ((settings.Height ?? side) != side || (settings.Width ?? side) != side)
        {
            throw new ArgumentException(
                $"size {settings.Height ?? side}x{settings.Width ?? side}: this model draws {side}x{side} pixels and no other size.", nameof(settings));
        }

        _ = Sampler(_transformer.Outline, settings);
        return [];
    }

    /// <inheritdoc/>
    public override RunRequest RunRequest(PictureSettings settings) => Sampler(_transformer.Outline, settings).RunRequest;

    /// <inheritdoc/>
    public override GuidedTrajectory Begin(IReadOnlyList<PictureRequest> pictures, PictureSettings settings)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var sampler = Sampler(_transformer.Model, settings);
        var shape = sampler.LatentShape(pictures.Count)[1..];
        using var latents = Noise(pictures, settings, 0, shape);
        return sampler.Begin([.. pictures.Select(picture => picture.Label!.Value)], latents, step => Noise(pictures, settings, step + 1, shape));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _transformer.Dispose();
        }
    }

    private DiTSampler Sampler(DiTModel model, PictureSettings settings) => new(
        model, Scheduler,
        new DiTSamplingOptions { Steps = settings.Steps, GuidanceScale = settings.GuidanceScale, ConditionalFirst = true, GuidedChannels = _guidedChannels });
}
