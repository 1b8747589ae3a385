using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>One generation of a <see cref="DiTSampler"/>, stepped through by its caller.</summary>
public sealed class DiTTrajectory : IBlockwiseTrajectory, IDifferentiableTrajectory
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
        _latents = (detached * scheduler.InitialNoise).DetachFromDisposeScope();
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
        using var input = Input(_latents, StepsTaken);
        using var timesteps = Timestep(input, StepsTaken);
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
    /// <exception cref="InvalidOperationException">All steps are taken.</exception>
    public IBlockChain BeginPrediction()
    {
        RequireStepLeft();
        return new Prediction(this);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The scheduler remembers earlier outputs.</exception>
    public Tensor Peek(Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        RequireStepLeft();
        using var noGrad = no_grad();
        return Next(output, StepsTaken, _latents);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The scheduler remembers earlier outputs.</exception>
    public IReadOnlyList<Tensor> PullBack(int step, Tensor latents, IReadOnlyList<Tensor> gradients)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(gradients);
        var samples = Enumerable.Range(0, (int)latents.shape[0]).Select(sample => PullBackOne(step, latents, gradients, sample)).ToArray();
        return [.. gradients.Select((_, i) =>
        {
            using var scope = NewDisposeScope();
            return cat([.. samples.Select(pulled => pulled[i].MoveToOtherDisposeScope(scope))], 0).MoveToOuterDisposeScope(); // n of [1, C, S, S] -> [n, C, S, S]
        })];
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

    private IList<Tensor> PullBackOne(int step, Tensor latents, IReadOnlyList<Tensor> gradients, int sample)
    {
        using var scope = NewDisposeScope();
        using var recording = enable_grad();
        var one = latents.narrow(0, sample, 1).detach().clone().requires_grad_(true);
        var count = latents.shape[0];
        var labels = _batch.Guidance == Guidance.None
            ? _labels.narrow(0, sample, 1)
            : cat([_labels.narrow(0, sample, 1), _labels.narrow(0, count + sample, 1)], 0);
        var input = Input(one, step);
        var next = Next(_model.forward(input, Timestep(input, step), labels), step, one);
        var pulled = new List<Tensor>();
        for (var i = 0; i < gradients.Count; i++)
        {
            var gradient = gradients[i].narrow(0, sample, 1);
            pulled.Add(autograd.grad([next], [one], [gradient], retain_graph: i + 1 < gradients.Count)[0].DetachFromDisposeScope());
        }

        return pulled;
    }

    /// <summary>Guidance and scheduler, for schedulers that remember nothing.</summary>
    private Tensor Next(Tensor output, int step, Tensor latents)
    {
        if (_scheduler.RemembersOutputs)
        {
            throw new NotSupportedException(
                $"the scheduler {_scheduler.Name} remembers earlier outputs: following an error along it needs one whose step depends on the current output only, such as ddim.");
        }

        using var converted = output.to(latents.dtype);
        using var prediction = _batch.Combine(converted, _scheduler.TakesVariance ? output.shape[1] : latents.shape[1]);
        using var noise = _scheduler.AddsNoise(step) ? _noise!(step) : null;
        return _scheduler.Step(prediction, step, latents, noise);
    }

    /// <summary>The batch of a model call <c>[n or 2n, C, S, S]</c>; the caller owns it.</summary>
    private Tensor Input(Tensor latents, int step)
    {
        using var half = _scheduler.ModelInput(latents, step);
        return _batch.Double(half);
    }

    private Tensor Timestep(Tensor input, int step) => full([input.shape[0]], _scheduler.Timesteps[step], ScalarType.Float32, input.device);

    private void RequireStepLeft()
    {
        if (StepsTaken >= Steps)
        {
            throw new InvalidOperationException($"all {Steps} steps are taken: begin a new generation.");
        }
    }

    /// <summary>The model call of <see cref="Predict"/>, with the batch that it is made on.</summary>
    private sealed class Prediction : IBlockChain
    {
        private readonly Tensor _input;
        private readonly Tensor _timesteps;
        private readonly IBlockChain _chain;

        public Prediction(DiTTrajectory trajectory)
        {
            using var noGrad = no_grad();
            _input = trajectory.Input(trajectory._latents, trajectory.StepsTaken).DetachFromDisposeScope();
            _timesteps = trajectory.Timestep(_input, trajectory.StepsTaken).DetachFromDisposeScope();
            _chain = trajectory._model.BeginBlocks(_input, _timesteps, trajectory._labels);
        }

        public int Blocks => _chain.Blocks;

        public Tensor Embed()
        {
            using var noGrad = no_grad();
            return _chain.Embed();
        }

        public Tensor Apply(int block, Tensor tokens)
        {
            using var noGrad = no_grad();
            return _chain.Apply(block, tokens);
        }

        public Tensor Finish(Tensor tokens)
        {
            using var noGrad = no_grad();
            return _chain.Finish(tokens);
        }

        public void Dispose()
        {
            _chain.Dispose();
            _timesteps.Dispose();
            _input.Dispose();
        }
    }
}
