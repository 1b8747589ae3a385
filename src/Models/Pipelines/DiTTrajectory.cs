using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>One generation of a <see cref="DiTSampler"/>, stepped through by its caller. No gradient is recorded.</summary>
public sealed class DiTTrajectory : IDenoisingTrajectory
{
    private readonly DiTModel _model;
    private readonly IScheduler _scheduler;
    private readonly GuidedBatch _batch;
    private readonly Func<int, Tensor>? _noise;
    private readonly Tensor _labels;
    private Tensor _latents;

    internal DiTTrajectory(
        DiTModel model, IScheduler scheduler, GuidedBatch batch, IReadOnlyList<int> labels, int nullLabel, Tensor latents, Func<int, Tensor>? noise)
    {
        _model = model;
        _scheduler = scheduler;
        _batch = batch;
        _noise = noise;
        _labels = tensor(batch.Labels(labels, nullLabel), device: latents.device).DetachFromDisposeScope();
        using var detached = latents.detach();
        _latents = detached.clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public int Steps => _scheduler.Timesteps.Count;

    /// <inheritdoc/>
    public Guidance Guidance => _batch.Guidance;

    /// <summary>Steps taken so far; the index of the step that <see cref="Predict"/> predicts.</summary>
    public int StepsTaken { get; private set; }

    /// <summary>What the model is given at each step, in order.</summary>
    public IReadOnlyList<float> Timesteps => _scheduler.Timesteps;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">All steps are taken.</exception>
    public Tensor Predict()
    {
        RequireStepLeft();
        using var noGrad = no_grad();
        using var input = _batch.Double(_latents);
        using var timesteps = full([input.shape[0]], _scheduler.Timesteps[StepsTaken], ScalarType.Float32, input.device);
        return _model.forward(input, timesteps, _labels);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">All steps are taken.</exception>
    public void Advance(Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        RequireStepLeft();
        using var noGrad = no_grad();
        using var converted = output.to(_latents.dtype);
        using var prediction = _batch.Combine(converted, _scheduler.TakesVariance ? output.shape[1] : _latents.shape[1]);
        using var noise = _scheduler.AddsNoise(StepsTaken) ? _noise!(StepsTaken) : null;
        var next = _scheduler.Step(prediction, StepsTaken, _latents, noise).DetachFromDisposeScope();
        _latents.Dispose();
        _latents = next;
        StepsTaken++;
    }

    /// <inheritdoc/>
    public Tensor Latents() => _latents.alias();

    /// <summary>Frees latents, labels and what the scheduler remembers.</summary>
    public void Dispose()
    {
        _latents.Dispose();
        _labels.Dispose();
        _scheduler.Dispose();
    }

    private void RequireStepLeft()
    {
        if (StepsTaken >= Steps)
        {
            throw new InvalidOperationException($"all {Steps} steps are taken: begin a new generation.");
        }
    }
}
