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

    private readonly DiTModel _model;
    private readonly int? _guidedChannels;

    private DiTPipeline(
        string name, DiTModel model, SchedulerConfig scheduler, AutoencoderKL? vae, IReadOnlyDictionary<int, string> labels, PictureSettings defaults, Device device,
        int? guidedChannels = null)
        : base(name, scheduler, vae, model.parameters().First().dtype, device)
    {
        _model = model;
        _guidedChannels = guidedChannels;
        Labels = labels;
        Defaults = defaults;
    }

    /// <summary>Names of the classes, where the model has them; several names of one class stand in one text, with commas between.</summary>
    public IReadOnlyDictionary<int, string> Labels { get; }

    /// <summary>Sizes of inputs and outputs.</summary>
    public DiTGeometry Geometry => _model.Geometry;

    /// <inheritdoc/>
    public override nn.Module Transformer => _model;

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
        using var weights = files.Weights("transformer");
        var run = dtype ?? weights.RunDtype(device);
        return WithVae(files, device, vae => new DiTPipeline(
            folder, PipelineFolder.Load(() => new DiffusersDiT(config), (model, source) => model.LoadWeights(source), weights, run, device), scheduler, vae, labels, new PictureSettings(), device));
    }

    /// <summary>Loads Meta's file, to run it as Meta's code does.</summary>
    internal static DiTPipeline Load(OriginalCheckpoint checkpoint, string path, ScalarType? dtype, Device device, string components)
    {
        const int MetaSteps = 250;
        var files = new PipelineFolder(components);
        var config = checkpoint.DiT();
        var run = dtype ?? checkpoint.Weights.RunDtype(device);
        return WithVae(files, device, vae => new DiTPipeline(
            path, PipelineFolder.Load(() => new MetaDiT(config), (model, source) => model.LoadWeights(source), checkpoint.Weights, run, device), new IddpmConfig { LearnSigma = config.LearnSigma }, vae,
            files.Labels, new PictureSettings { Steps = MetaSteps }, device, Math.Min(MetaGuidedChannels, config.InChannels)));
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
            name, checkpoint.Model, checkpoint.Scheduler, vae: null, checkpoint.Classes.Index().ToDictionary(c => c.Index, c => c.Item),
            new PictureSettings { Steps = 20, GuidanceScale = 2 }, device);
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

        _ = Sampler(settings);
        return [];
    }

    /// <inheritdoc/>
    public override RunRequest RunRequest(PictureSettings settings) => Sampler(settings).RunRequest;

    /// <inheritdoc/>
    public override GuidedTrajectory Begin(IReadOnlyList<PictureRequest> pictures, PictureSettings settings)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var sampler = Sampler(settings);
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
            _model.Dispose();
        }
    }

    private static DiTPipeline WithVae(PipelineFolder files, Device device, Func<AutoencoderKL, DiTPipeline> make)
    {
        var vae = files.Vae(device);
        try
        {
            return make(vae);
        }
        catch
        {
            vae.Dispose();
            throw;
        }
    }

    private DiTSampler Sampler(PictureSettings settings) => new(
        _model, Scheduler,
        new DiTSamplingOptions { Steps = settings.Steps, GuidanceScale = settings.GuidanceScale, ConditionalFirst = true, GuidedChannels = _guidedChannels });
}
