using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>The latents of one generation from step to step: guidance, IDDPM, and frames that are given. Knows no model.</summary>
internal sealed class VideoDenoising : IDisposable
{
    private readonly IddpmScheduler _scheduler;
    private readonly GuidedBatch _batch;
    private readonly Func<int, Tensor> _noise;
    private readonly Func<int, Tensor>? _frameNoise;
    private readonly Tensor? _thresholds;
    private int _begun = -1;

    public VideoDenoising(IddpmScheduler scheduler, GuidedBatch batch, Tensor latents, Func<int, Tensor> noise, FrameConditioning? frames)
    {
        (_scheduler, _batch, _noise, _frameNoise) = (scheduler, batch, noise, frames?.Noise);
        using var detached = latents.detach();
        Latents = detached.clone().DetachFromDisposeScope();
        _thresholds = frames is null ? null : Thresholds(frames.Mask, scheduler.Timesteps.Count);
    }

    /// <summary>The latents behind the last step, <c>[n, C, T, H, W]</c>; from the model call on, frames that begin at this step are noised.</summary>
    public Tensor Latents { get; private set; }

    /// <summary>Steps taken so far.</summary>
    public int StepsTaken { get; private set; }

    public int Steps => _scheduler.Timesteps.Count;

    /// <summary>Which frames are being denoised at this step, bool <c>[n, T]</c>, the caller's; <see langword="null"/> for all.</summary>
    public Tensor? FrameMask() => _thresholds?.gt(Index);

    private int Index => Steps - 1 - StepsTaken;

    /// <summary>The batch of a model call: the same latents for both guidance halves; the caller owns it.</summary>
    public Tensor Input()
    {
        BeginStep();
        return _batch.Double(Latents);
    }

    /// <summary>Timesteps of the batch.</summary>
    /// <param name="input">What <see cref="Input"/> gave.</param>
    public Tensor Timesteps(Tensor input) => full([input.shape[0]], _scheduler.Timesteps[StepsTaken], ScalarType.Float32, input.device);

    /// <summary>What <see cref="Advance"/> would lead to.</summary>
    /// <param name="output">The model's raw output, both halves.</param>
    public Tensor Peek(Tensor output)
    {
        BeginStep();
        using var scope = NewDisposeScope();
        var prediction = _batch.Combine(output.to(Latents.dtype), output.shape[1]);
        var next = _scheduler.Step(prediction, StepsTaken, Latents, _scheduler.AddsNoise(StepsTaken) ? _noise(StepsTaken) : null);
        if (_thresholds is { } thresholds)
        {
            next = where(PerFrame(thresholds.lt(Index)), Latents, next);
        }

        return next.MoveToOuterDisposeScope();
    }

    /// <summary>Goes on to the next step.</summary>
    /// <param name="output">The model's raw output, both halves; stays the caller's.</param>
    public void Advance(Tensor output)
    {
        Replace(Peek(output));
        StepsTaken++;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Latents.Dispose();
        _thresholds?.Dispose();
        _scheduler.Dispose();
    }

    private static Tensor Thresholds(Tensor mask, int steps)
    {
        using var single = mask.to(ScalarType.Float32);
        using var scaled = single * steps;
        return scaled.to(ScalarType.Int64).DetachFromDisposeScope();
    }

    private void BeginStep()
    {
        if (_thresholds is null || _begun == StepsTaken)
        {
            return;
        }

        _begun = StepsTaken;
        using var scope = NewDisposeScope();
        var noised = _scheduler.Noise(Latents, StepsTaken, _frameNoise!(StepsTaken));
        Replace(where(PerFrame(_thresholds.eq(Index)), noised, Latents).MoveToOuterDisposeScope());
    }

    private void Replace(Tensor latents)
    {
        Latents.Dispose();
        Latents = latents.DetachFromDisposeScope();
    }

    // [n, T] -> [n, 1, T, 1, 1]
    private static Tensor PerFrame(Tensor frames) => frames.unsqueeze(1).unsqueeze(-1).unsqueeze(-1);
}
