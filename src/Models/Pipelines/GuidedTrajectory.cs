using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>One generation with classifier-free guidance and a scheduler around a model, stepped through by its caller.</summary>
public abstract class GuidedTrajectory : IBlockwiseTrajectory, IDifferentiableTrajectory
{
    private readonly Func<int, Tensor>? _noise;
    private Tensor _latents;

    private protected GuidedTrajectory(IScheduler scheduler, GuidedBatch batch, Tensor latents, Func<int, Tensor>? noise)
    {
        Scheduler = scheduler;
        Batch = batch;
        _noise = noise;
        using var detached = latents.detach();
        _latents = (detached * scheduler.InitialNoise).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public int Steps => Scheduler.Timesteps.Count;

    /// <inheritdoc/>
    public Guidance Guidance => Batch.Guidance;

    /// <summary>Steps taken so far; the index of the step that <see cref="Predict"/> predicts.</summary>
    public int StepsTaken { get; private set; }

    /// <summary>What the model is given at each step, in order.</summary>
    public IReadOnlyList<float> Timesteps => Scheduler.Timesteps;

    /// <summary>The scheduler of this generation.</summary>
    public IScheduler Scheduler { get; }

    private protected GuidedBatch Batch { get; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">All steps are taken.</exception>
    public Tensor Predict()
    {
        RequireStepLeft();
        using var noGrad = no_grad();
        using var input = Input(_latents, StepsTaken);
        using var timesteps = Timestep(input, StepsTaken);
        return Call(input, timesteps);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">All steps are taken.</exception>
    public void Advance(Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        RequireStepLeft();
        using var noGrad = no_grad();
        var next = Next(output, StepsTaken, _latents).DetachFromDisposeScope();
        _latents.Dispose();
        _latents = next;
        StepsTaken++;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">All steps are taken.</exception>
    public IBlockChain BeginPrediction()
    {
        RequireStepLeft();
        using var noGrad = no_grad();
        var input = Input(_latents, StepsTaken).DetachFromDisposeScope();
        var timesteps = Timestep(input, StepsTaken).DetachFromDisposeScope();
        return new PredictionChain(BeginBlocks(input, timesteps), timesteps, input);
    }

    /// <inheritdoc/>
    public Tensor Latents() => _latents.alias();

    /// <inheritdoc/>
    public Tensor State() => WithMemory(_latents, StepsTaken);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">All steps are taken.</exception>
    public Tensor Peek(Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        RequireStepLeft();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var memory = CopyMemory();
        try
        {
            return WithMemory(Next(output, StepsTaken, _latents), StepsTaken + 1).MoveToOuterDisposeScope();
        }
        finally
        {
            Scheduler.Restore(StepsTaken, memory);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> PullBack(int step, Tensor state, IReadOnlyList<Tensor> gradients)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradients);
        using var scope = NewDisposeScope();
        var memory = CopyMemory();
        try
        {
            var samples = Enumerable.Range(0, (int)state.shape[0]).Select(sample => PullBackOne(step, state, gradients, sample)).ToArray();
            return [.. gradients.Select((_, i) => cat([.. samples.Select(pulled => pulled[i])], 0).MoveToOuterDisposeScope())]; // n of [1, …] -> [n, …]
        }
        finally
        {
            Scheduler.Restore(StepsTaken, memory);
        }
    }

    /// <summary>Frees latents, conditions and what the scheduler remembers.</summary>
    public void Dispose()
    {
        _latents.Dispose();
        Scheduler.Dispose();
        DisposeConditions();
        GC.SuppressFinalize(this);
    }

    /// <summary>What the scheduler is given for a model output: guidance applied, and the channels that it does not take dropped.</summary>
    /// <param name="output">What <see cref="Predict"/> returned at this step; stays the caller's.</param>
    /// <returns><c>[n, C or 2C, …]</c>; the caller owns it.</returns>
    public Tensor Guide(Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using var converted = output.to(_latents.dtype);
        return Batch.Combine(converted, Scheduler.TakesVariance ? output.shape[1] : _latents.shape[1]);
    }

    /// <summary>Takes all steps.</summary>
    /// <param name="run">A run of the attached model; without one the model computes as it is.</param>
    /// <param name="progress">Told the number of finished steps.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>The last latents; the caller owns them.</returns>
    public Tensor RunAll(AttentionRun? run = null, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        while (StepsTaken < Steps)
        {
            cancellation.ThrowIfCancellationRequested();
            using var output = PredictIn(run);
            Advance(output);
            progress?.Report(StepsTaken);
        }

        return Latents();
    }

    private protected abstract Tensor Call(Tensor input, Tensor timesteps);

    /// <summary>Calls the model on the input of one sample, all guidance halves of it.</summary>
    private protected abstract Tensor CallOne(int sample, Tensor input, Tensor timesteps);

    private protected abstract IBlockChain BeginBlocks(Tensor input, Tensor timesteps);

    private protected abstract void DisposeConditions();

    /// <summary>The rows of one sample in something that has one for each sample of a model call's batch, <c>[n or 2n, …]</c> to <c>[1 or 2, …]</c>.</summary>
    private protected Tensor OfSample(Tensor batch, int sample)
    {
        var halves = Batch.Guidance == Guidance.None ? 1 : 2;
        var samples = batch.shape[0] / halves;
        return cat([.. Enumerable.Range(0, halves).Select(half => batch.narrow(0, (half * samples) + sample, 1))], 0);
    }

    /// <summary>Guidance and scheduler; of all samples, or of one.</summary>
    private Tensor Next(Tensor output, int step, Tensor latents, int? sample = null)
    {
        using var prediction = Guide(output);
        using var noise = Scheduler.AddsNoise(step) ? _noise!(step) : null;
        using var own = sample is { } one ? noise?.narrow(0, one, 1) : null;
        return Scheduler.Step(prediction, step, latents, own ?? noise);
    }

    /// <summary>The state that latents are part of, with what the scheduler remembers now.</summary>
    private Tensor WithMemory(Tensor latents, int stepsTaken)
        => stepsTaken == Steps || Scheduler.Memory.Count == 0 ? latents.alias() : cat([latents, .. Scheduler.Memory], 1);

    private Tensor[] CopyMemory() => [.. Scheduler.Memory.Select(tensor => tensor.alias())];

    private Tensor[] PullBackOne(int step, Tensor state, IReadOnlyList<Tensor> gradients, int sample)
    {
        using var scope = NewDisposeScope();
        using var recording = enable_grad();
        var before = state.narrow(0, sample, 1).detach().clone().requires_grad_(true);
        var channels = _latents.shape[1];
        Tensor[] parts = [.. Enumerable.Range(0, (int)(before.shape[1] / channels)).Select(part => before.narrow(1, part * channels, channels))];
        var latents = parts[0];
        Scheduler.Restore(step, parts[1..]);
        var input = Input(latents, step);
        var behind = WithMemory(Next(CallOne(sample, input, Timestep(input, step)), step, latents, sample), step + 1);
        return [.. gradients.Select((gradient, i) => autograd.grad(
            [behind], [before], [gradient.narrow(0, sample, 1)], retain_graph: i + 1 < gradients.Count)[0].MoveToOuterDisposeScope())];
    }

    /// <summary>The batch of a model call <c>[n or 2n, C, …]</c>; the caller owns it.</summary>
    private Tensor Input(Tensor latents, int step)
    {
        using var half = Scheduler.ModelInput(latents, step);
        return Batch.Double(half);
    }

    private Tensor Timestep(Tensor input, int step) => full([input.shape[0]], Scheduler.Timesteps[step], ScalarType.Float32, input.device);

    private Tensor PredictIn(AttentionRun? run)
    {
        using var step = run?.Step();
        return Predict();
    }

    private void RequireStepLeft()
    {
        if (StepsTaken >= Steps)
        {
            throw new InvalidOperationException($"all {Steps} steps are taken: begin a new generation.");
        }
    }
}
