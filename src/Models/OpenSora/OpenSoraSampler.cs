using DiTFastAttn.Models.OpenSora;
using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// Generates latents of videos with an STDiT: classifier-free guidance, the conditional half first, and IDDPM with learned variance around the
/// model. The same sampler serves any number of generations, one after another.
/// </summary>
public sealed class OpenSoraSampler
{
    private readonly STDiTModel _model;
    private readonly OpenSoraSamplingOptions _options;
    private readonly IddpmConfig _scheduler;

    /// <summary>Makes a sampler.</summary>
    /// <param name="model">The model; stays the caller's.</param>
    /// <param name="options">Steps and guidance.</param>
    /// <exception cref="ArgumentException">Model and options do not fit together.</exception>
    public OpenSoraSampler(STDiTModel model, OpenSoraSamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        _model = model;
        _options = options;
        _scheduler = new IddpmConfig { TimestepRespacing = options.TimestepRespacing, LearnSigma = model.Config.PredSigma, SinglePrecision = true };
        _scheduler.CreateScheduler(options.Steps).Dispose();
        if (options.GuidedChannels is { } guided && (guided < 1 || guided > model.Config.InChannels))
        {
            throw new ArgumentException($"guided channels are {guided}; they have to be 1 to {model.Config.InChannels}, the model's latent channels.", nameof(options));
        }

        if (!double.IsFinite(options.GuidanceScale))
        {
            throw new ArgumentException($"the guidance scale is {options.GuidanceScale}; it has to be a finite number.", nameof(options));
        }
    }

    /// <summary>How the batch of a model call is laid out.</summary>
    public Guidance Guidance => _options.GuidanceScale == 1 ? Guidance.None : Guidance.ConditionalFirst;

    /// <summary>Denoising steps T.</summary>
    public int Steps => _options.Steps;

    /// <summary>Channels C of the latents.</summary>
    public int LatentChannels => _model.Config.InChannels;

    /// <summary>Where the model computes.</summary>
    internal Device Device => _model.parameters().First().device;

    /// <summary>What it computes in.</summary>
    internal ScalarType Dtype => _model.parameters().First().dtype;

    /// <summary>What a run of this sampler is, for <see cref="AttachedModel.BeginRun(RunRequest)"/>.</summary>
    /// <param name="size">The videos' size.</param>
    public RunRequest RunRequest(VideoConditioning size)
    {
        ArgumentNullException.ThrowIfNull(size);
        return new RunRequest(_options.Steps, Guidance)
        {
            GuidanceScale = Guidance == Guidance.None ? null : _options.GuidanceScale,
            Scheduler = _scheduler.Name,
            Tokens = size.FrameTokens,
            Dtype = Dtype.ToString().ToLowerInvariant(),
        };
    }

    /// <summary>Begins a generation that the caller steps through.</summary>
    /// <param name="text">A text for each of the n videos.</param>
    /// <param name="sizes">Sizes of the videos; needed by STDiT2. Have to stay until the trajectory is disposed.</param>
    /// <param name="latents">Standard normal noise <c>[n, C, T, H, W]</c>, given frames in their places; stays the caller's.</param>
    /// <param name="noise">Noise <c>[n, C, T, H, W]</c> for a step; the result is disposed after use.</param>
    /// <param name="frames">Which frames are given; none where it is <see langword="null"/>.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or a text is longer than the model's longest.</exception>
    public OpenSoraTrajectory Begin(VideoText text, VideoSizes? sizes, Tensor latents, Func<int, Tensor> noise, FrameConditioning? frames = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(noise);
        var config = _model.Config;
        if (latents.shape is not [var samples and > 0, _, var length, _, _])
        {
            throw new ArgumentException($"latents have shape {SafetensorsTypes.ShapeText(latents.shape)}; they have to be [n, {config.InChannels}, T, H, W].", nameof(latents));
        }

        if (text.Embeddings.shape is not [var texts, 1, > 0 and var tokens, var width] || texts != samples || width != config.CaptionChannels)
        {
            throw new ArgumentException(
                $"text embeddings have shape {SafetensorsTypes.ShapeText(text.Embeddings.shape)}; for {samples} videos this model takes [{samples}, 1, tokens, {config.CaptionChannels}].",
                nameof(text));
        }

        if (tokens > config.ModelMaxLength)
        {
            throw new ArgumentException($"the text has {tokens} tokens; this model takes at most {config.ModelMaxLength}.", nameof(text));
        }

        if (frames is not null && (frames.Mask.shape is not [var masks, var maskFrames] || masks != samples || maskFrames != length))
        {
            throw new ArgumentException($"the frame mask has shape {SafetensorsTypes.ShapeText(frames.Mask.shape)}; for these latents it has to be [{samples}, {length}].", nameof(frames));
        }

        var scheduler = (IddpmScheduler)_scheduler.CreateScheduler(_options.Steps);
        var batch = new GuidedBatch(Guidance, _options.GuidanceScale, _options.GuidedChannels ?? config.InChannels);
        return new OpenSoraTrajectory(_model, scheduler, batch, text, sizes, latents, noise, frames);
    }

    /// <summary>Generates latents.</summary>
    /// <param name="trajectory">What <see cref="Begin"/> gave; at its last step afterwards.</param>
    /// <param name="run">A run of the attached model; without one the model computes as it is.</param>
    /// <param name="progress">Told the number of finished steps.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>Latents <c>[n, C, T, H, W]</c>; the caller owns them.</returns>
    public static Tensor Sample(OpenSoraTrajectory trajectory, AttentionRun? run = null, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        using var noGrad = no_grad();
        for (var step = 0; step < trajectory.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var output = Predict(trajectory, run);
            trajectory.Advance(output);
            progress?.Report(step + 1);
        }

        return trajectory.Latents();
    }

    private static Tensor Predict(OpenSoraTrajectory trajectory, AttentionRun? run)
    {
        if (run is null)
        {
            return trajectory.Predict();
        }

        using (run.Step())
        {
            return trajectory.Predict();
        }
    }
}
