using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// Generates latents of encoded prompts with PixArt: classifier-free guidance and a scheduler around the transformer. The batch of a call is
/// [negative, prompt]. The same sampler serves any number of generations, one after another, of any size.
/// </summary>
public sealed class PixArtSampler
{
    private readonly PixArtModel _model;
    private readonly SchedulerConfig _scheduler;
    private readonly PixArtSamplingOptions _options;

    /// <summary>Makes a sampler.</summary>
    /// <param name="model">The transformer; stays the caller's.</param>
    /// <param name="scheduler">The scheduler's settings.</param>
    /// <param name="options">Steps and guidance.</param>
    /// <exception cref="ArgumentException">Model, scheduler and options do not fit together.</exception>
    public PixArtSampler(PixArtModel model, SchedulerConfig scheduler, PixArtSamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(scheduler);
        ArgumentNullException.ThrowIfNull(options);
        (_model, _scheduler, _options) = (model, scheduler, options);
        ConfigChecks.AtLeast("sampling", "steps", options.Steps, 1);
        ConfigChecks.Require(double.IsFinite(options.GuidanceScale), "sampling", "guidance scale", options.GuidanceScale, "a finite number");
        ConfigChecks.AtLeast("sampling", "pixels of a cell", options.CellPixels, 1);
        using var made = scheduler.CreateScheduler(options.Steps);
        var geometry = model.Geometry;
        ConfigChecks.Require(
            !made.TakesVariance || geometry.OutChannels == 2 * geometry.InChannels,
            "sampling", "scheduler", scheduler.Name, "one without a learned variance: this model does not predict it");
    }

    /// <summary>How the batch of a model call is laid out: the conditional half is last.</summary>
    public Guidance Guidance => _options.GuidanceScale > 1 ? Guidance.ConditionalLast : Guidance.None;

    /// <summary>What a run of this sampler is, for <see cref="AttachedModel.BeginRun(RunRequest)"/>.</summary>
    /// <param name="rows">Rows H of the latents, in cells.</param>
    /// <param name="columns">Columns W of the latents, in cells.</param>
    public RunRequest RunRequest(int rows, int columns) => new(_options.Steps, Guidance)
    {
        GuidanceScale = Guidance == Guidance.None ? null : _options.GuidanceScale,
        Scheduler = _scheduler.Name,
        Tokens = _model.Geometry.Tokens(rows, columns),
        Resolution = $"{rows}x{columns}",
        Dtype = _model.parameters().First().dtype.ToString().ToLowerInvariant(),
    };

    /// <summary>Begins a generation that the caller steps through.</summary>
    /// <param name="captions">Encoded prompts, one for each picture; stay the caller's.</param>
    /// <param name="negative">Encoded negative prompts, one for each picture; stay the caller's. Not read without guidance.</param>
    /// <param name="latents">Standard normal noise <c>[n, C, H, W]</c>; stays the caller's.</param>
    /// <param name="noise">Noise <c>[n, C, H, W]</c> for a step, for schedulers that add some; the result is disposed after use.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or negative prompts or noise are missing.</exception>
    public PixArtTrajectory Begin(PixArtCaptions captions, PixArtCaptions? negative, Tensor latents, Func<int, Tensor>? noise = null)
    {
        ArgumentNullException.ThrowIfNull(captions);
        ArgumentNullException.ThrowIfNull(latents);
        Check(captions, negative, latents);
        var scheduler = _scheduler.CreateScheduler(_options.Steps);
        if (noise is null && Enumerable.Range(0, scheduler.Timesteps.Count).Any(scheduler.AddsNoise))
        {
            scheduler.Dispose();
            throw new ArgumentException($"the scheduler {_scheduler.Name} adds noise in its steps: give a source of noise.", nameof(noise));
        }

        var layout = new GuidedBatch(Guidance, _options.GuidanceScale, _model.Geometry.InChannels);
        return new PixArtTrajectory(_model, scheduler, layout, Condition(captions, negative, latents), latents, noise);
    }

    /// <summary>Generates samples.</summary>
    /// <param name="captions">Encoded prompts, one for each picture; stay the caller's.</param>
    /// <param name="negative">Encoded negative prompts, one for each picture; stay the caller's. Not read without guidance.</param>
    /// <param name="latents">Standard normal noise <c>[n, C, H, W]</c>; stays the caller's.</param>
    /// <param name="noise">Noise <c>[n, C, H, W]</c> for a step, for schedulers that add some; the result is disposed after use.</param>
    /// <param name="run">A run of the attached model, begun for this sampler's <see cref="RunRequest"/>; without one the model computes as it is.</param>
    /// <param name="progress">Told the number of finished steps.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>Latents <c>[n, C, H, W]</c>; the caller owns them.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or negative prompts or noise are missing.</exception>
    public Tensor Sample(
        PixArtCaptions captions,
        PixArtCaptions? negative,
        Tensor latents,
        Func<int, Tensor>? noise = null,
        AttentionRun? run = null,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        using var trajectory = Begin(captions, negative, latents, noise);
        return trajectory.RunAll(run, progress, cancellation);
    }

    private PixArtCondition Condition(PixArtCaptions captions, PixArtCaptions? negative, Tensor latents)
    {
        using var scope = NewDisposeScope();
        var batch = Guidance == Guidance.None ? captions : negative!.Concat(captions);
        var condition = new PixArtCondition(batch.States.detach().clone().DetachFromDisposeScope())
        {
            CaptionMask = batch.Mask?.clone().DetachFromDisposeScope(),
        };
        if (!_model.Geometry.TakesPictureSize)
        {
            return condition;
        }

        float height = latents.shape[2] * _options.CellPixels, width = latents.shape[3] * _options.CellPixels;
        var count = batch.States.shape[0];
        return condition with
        {
            Resolution = tensor(new[] { height, width }, device: latents.device).repeat(count, 1).DetachFromDisposeScope(), // [B, 2]
            AspectRatio = tensor(new[] { height / width }, device: latents.device).repeat(count, 1).DetachFromDisposeScope(), // [B, 1]
        };
    }

    private void Check(PixArtCaptions captions, PixArtCaptions? negative, Tensor latents)
    {
        var geometry = _model.Geometry;
        var count = captions.States.shape[0];
        if (latents.shape is not [var n, var channels, _, _] || n != count || channels != geometry.InChannels)
        {
            throw new ArgumentException(
                $"latents have shape {SafetensorsTypes.ShapeText(latents.shape)}; for {count} captions this model needs [{count}, {geometry.InChannels}, H, W].",
                nameof(latents));
        }

        if (Guidance == Guidance.None)
        {
            return;
        }

        if (negative is null)
        {
            throw new ArgumentException($"guidance scale {_options.GuidanceScale} needs negative prompts, for example empty ones.", nameof(negative));
        }

        if (!negative.States.shape.AsSpan().SequenceEqual(captions.States.shape) || negative.Mask is null != captions.Mask is null)
        {
            throw new ArgumentException(
                $"negative captions have shape {SafetensorsTypes.ShapeText(negative.States.shape)} {(negative.Mask is null ? "without" : "with")} a mask; "
                + $"they have to be as the captions, {SafetensorsTypes.ShapeText(captions.States.shape)} {(captions.Mask is null ? "without" : "with")} one.",
                nameof(negative));
        }
    }
}
