using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// Generates latents (or pictures) of given classes with a DiT: classifier-free guidance and a scheduler around the model.
/// The same sampler serves any number of generations, one after another.
/// </summary>
public sealed class DiTSampler
{
    private readonly DiTModel _model;
    private readonly SchedulerConfig _scheduler;
    private readonly DiTSamplingOptions _options;

    /// <summary>Makes a sampler.</summary>
    /// <param name="model">The model; stays the caller's.</param>
    /// <param name="scheduler">The scheduler's settings.</param>
    /// <param name="options">Steps and guidance.</param>
    /// <exception cref="ArgumentException">Model, scheduler and options do not fit together.</exception>
    public DiTSampler(DiTModel model, SchedulerConfig scheduler, DiTSamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(scheduler);
        ArgumentNullException.ThrowIfNull(options);
        _model = model;
        _scheduler = scheduler;
        _options = options;
        Check(model.Geometry);
    }

    /// <summary>How the batch of a model call is laid out.</summary>
    public Guidance Guidance => _options.GuidanceScale <= 1
        ? Guidance.None
        : _options.ConditionalFirst ? Guidance.ConditionalFirst : Guidance.ConditionalLast;

    /// <summary>What a run of this sampler is, for <see cref="AttachedModel.BeginRun(RunRequest)"/>.</summary>
    public RunRequest RunRequest => new(_options.Steps, Guidance)
    {
        GuidanceScale = Guidance == Guidance.None ? null : _options.GuidanceScale,
        Scheduler = _scheduler.Name,
        Tokens = _model.Geometry.Tokens,
        Resolution = $"{_model.Geometry.InputSize}x{_model.Geometry.InputSize}",
        Dtype = _model.parameters().First().dtype.ToString().ToLowerInvariant(),
    };

    /// <summary>The shape of noise and latents for so many samples, <c>[n, C, S, S]</c>.</summary>
    /// <param name="samples">n</param>
    public long[] LatentShape(int samples)
        => [samples, _model.Geometry.InChannels, _model.Geometry.InputSize, _model.Geometry.InputSize];

    /// <summary>Begins a generation that the caller steps through.</summary>
    /// <param name="labels">A class for each sample.</param>
    /// <param name="latents">Standard normal noise <c>[n, C, S, S]</c>; stays the caller's.</param>
    /// <param name="noise">Noise <c>[n, C, S, S]</c> for a step, for schedulers that add some; the result is disposed after use.</param>
    /// <exception cref="ArgumentException">A label is out of range, there is none, a shape does not fit, or noise is missing.</exception>
    public DiTTrajectory Begin(IReadOnlyList<int> labels, Tensor latents, Func<int, Tensor>? noise = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(latents);
        var geometry = _model.Geometry;
        if (labels.Count == 0)
        {
            throw new ArgumentException("there are no labels: give at least one class to generate.", nameof(labels));
        }

        foreach (var label in labels)
        {
            if (label < 0 || label >= geometry.LabelRows)
            {
                throw new ArgumentException($"label {label} is out of range: this model knows 0 to {geometry.LabelRows - 1}.", nameof(labels));
            }
        }

        var shape = LatentShape(labels.Count);
        if (!latents.shape.AsSpan().SequenceEqual(shape))
        {
            throw new ArgumentException(
                $"latents have shape {SafetensorsTypes.ShapeText(latents.shape)}; for {labels.Count} labels this model needs {SafetensorsTypes.ShapeText(shape)}.",
                nameof(latents));
        }

        var scheduler = _scheduler.CreateScheduler(_options.Steps);
        if (noise is null && Enumerable.Range(0, scheduler.Timesteps.Count).Any(scheduler.AddsNoise))
        {
            scheduler.Dispose();
            throw new ArgumentException($"the scheduler {_scheduler.Name} adds noise in its steps: give a source of noise.", nameof(noise));
        }

        var layout = new GuidedBatch(Guidance, _options.GuidanceScale, _options.GuidedChannels ?? geometry.InChannels);
        return new DiTTrajectory(_model, scheduler, layout, labels, NullLabel, latents, noise);
    }

    /// <summary>Generates samples.</summary>
    /// <param name="labels">A class for each sample.</param>
    /// <param name="latents">Standard normal noise <c>[n, C, S, S]</c>; stays the caller's.</param>
    /// <param name="noise">Noise <c>[n, C, S, S]</c> for a step, for schedulers that add some; the result is disposed after use.</param>
    /// <param name="run">A run of the attached model, begun for this sampler's <see cref="RunRequest"/>; without one the model computes as it is.</param>
    /// <param name="progress">Told the number of finished steps.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>Latents <c>[n, C, S, S]</c>; the caller owns them.</returns>
    /// <exception cref="ArgumentException">A label is out of range, there is none, a shape does not fit, or noise is missing.</exception>
    public Tensor Sample(
        IReadOnlyList<int> labels,
        Tensor latents,
        Func<int, Tensor>? noise = null,
        AttentionRun? run = null,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        using var trajectory = Begin(labels, latents, noise);
        return trajectory.RunAll(run, progress, cancellation);
    }

    private int NullLabel => _options.NullLabel ?? _model.Geometry.Classes;

    private void Check(DiTGeometry geometry)
    {
        ConfigChecks.AtLeast("sampling", "steps", _options.Steps, 1);
        ConfigChecks.Require(double.IsFinite(_options.GuidanceScale), "sampling", "guidance scale", _options.GuidanceScale, "a finite number");
        ConfigChecks.Require(
            _options.GuidedChannels is null || (_options.GuidedChannels >= 1 && _options.GuidedChannels <= geometry.InChannels),
            "sampling", "guided channels", _options.GuidedChannels, $"1 to {geometry.InChannels}");
        ConfigChecks.Require(
            Guidance == Guidance.None || (NullLabel >= 0 && NullLabel < geometry.LabelRows),
            "sampling", "null label", NullLabel, $"a row of the model's label table, 0 to {geometry.LabelRows - 1}");
        using var scheduler = _scheduler.CreateScheduler(_options.Steps);
        ConfigChecks.Require(
            !scheduler.TakesVariance || geometry.OutChannels == 2 * geometry.InChannels,
            "sampling", "scheduler", _scheduler.Name, "one without a learned variance: this model does not predict it");
    }
}
