using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// A published model with everything around it, from class or prompt to picture: transformer, scheduler, autoencoder and, for models that draw from
/// text, tokenizer and text encoder.
/// </summary>
public abstract class PicturePipeline : IDisposable
{
    private readonly AutoencoderKL? _vae;

    private protected PicturePipeline(string name, SchedulerConfig scheduler, AutoencoderKL? vae, ScalarType dtype, Device device)
    {
        Name = name;
        Scheduler = scheduler;
        Dtype = dtype;
        Device = device;
        _vae = vae;
    }

    /// <summary>What to call it in messages: the folder or file it was read from.</summary>
    public string Name { get; }

    /// <summary>The scheduler's settings.</summary>
    public SchedulerConfig Scheduler { get; }

    /// <summary>What the transformer computes in.</summary>
    public ScalarType Dtype { get; }

    /// <summary>Where it computes.</summary>
    public Device Device { get; }

    /// <summary>The transformer, to be attached.</summary>
    public abstract nn.Module Transformer { get; }

    /// <summary>The transformer's names, shapes and sites, to hold plans and settings against before its weights are loaded.</summary>
    internal abstract nn.Module Outline { get; }

    /// <summary>The settings that the published pipeline has.</summary>
    public abstract PictureSettings Defaults { get; }

    /// <summary>Pixels a side of a latent cell.</summary>
    private protected int CellPixels => _vae?.Config.SpatialFactor ?? 1;

    /// <summary>What has to be known of all pictures before the first: prompts are encoded, and the text encoder is freed.</summary>
    /// <param name="pictures">All pictures of the run.</param>
    /// <param name="settings">The run's settings.</param>
    /// <param name="progress">Told the share that is done, where there is work to do.</param>
    /// <param name="cancellation">Stops between prompts.</param>
    /// <returns>A line for each thing that a user would want to know, such as a prompt that was cut off.</returns>
    /// <exception cref="ArgumentException">A picture cannot be made: a label is out of range, a size is impossible.</exception>
    public abstract IReadOnlyList<string> Prepare(
        IReadOnlyList<PictureRequest> pictures, PictureSettings settings, IProgress<double>? progress = null, CancellationToken cancellation = default);

    /// <summary>What a run is, for <see cref="AttachedModel.BeginRun(RunRequest)"/>.</summary>
    /// <param name="settings">The run's settings.</param>
    public abstract RunRequest RunRequest(PictureSettings settings);

    /// <summary>Begins the generation of some of the pictures that were prepared.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="settings">The run's settings.</param>
    public abstract GuidedTrajectory Begin(IReadOnlyList<PictureRequest> pictures, PictureSettings settings);

    /// <summary>Latents to pictures.</summary>
    /// <param name="latents"><c>[n, C, h, w]</c>; stay the caller's.</param>
    /// <param name="settings">The run's settings.</param>
    /// <returns><c>[n, 3, H, W]</c>, about −1 to 1, in float32; the caller owns them.</returns>
    public virtual Tensor Decode(Tensor latents, PictureSettings settings)
    {
        ArgumentNullException.ThrowIfNull(latents);
        if (_vae is null)
        {
            return latents.alias();
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _vae.Slicing = true;
        _vae.Tiling = Memory.Available is { } available && _vae.DecodingBytes(latents.shape) > available / 2 ? VaeTiling.For(_vae.Config) : null;
        return _vae.Decode(_vae.Unscale(latents.to(ScalarType.Float32))).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the models.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the models.</summary>
    /// <param name="disposing">Whether it is called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _vae?.Dispose();
        }
    }

    /// <summary>Makes a pipeline that takes a transformer over; where that fails, the transformer is disposed.</summary>
    private protected static T Owning<T>(IDisposable transformer, Func<T> make)
    {
        try
        {
            return make();
        }
        catch
        {
            transformer.Dispose();
            throw;
        }
    }

    /// <summary>Noise of pictures on the pipeline's device.</summary>
    private protected Tensor Noise(IReadOnlyList<PictureRequest> pictures, PictureSettings settings, int draw, params IReadOnlyList<long> shape)
    {
        using var noise = PictureNoise.Draw(settings.Seed, [.. pictures.Select(picture => picture.Number)], draw, shape);
        return noise.to(Device);
    }
}
