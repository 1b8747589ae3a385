using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

/// <summary>x ← x − 0.1·guided model output: deterministic, with or without guidance halves.</summary>
public sealed class ToyTrajectory : IBlockwiseTrajectory, IDifferentiableTrajectory
{
    private readonly ToyModel _model;
    private Tensor _latents;

    public ToyTrajectory(ToyModel model, Tensor start, int steps, Guidance guidance)
    {
        _model = model;
        _latents = start.clone().DetachFromDisposeScope();
        Steps = steps;
        Guidance = guidance;
    }

    public int Steps { get; }

    public Guidance Guidance { get; }

    public int Predictions { get; private set; }

    public Tensor Predict()
    {
        Predictions++;
        using var batch = Batch(_latents);
        return _model.forward(batch);
    }

    public IBlockChain BeginPrediction() => new Chain(this);

    public void Advance(Tensor output)
    {
        var next = Next(_latents, output).DetachFromDisposeScope();
        _latents.Dispose();
        _latents = next;
    }

    public Tensor Peek(Tensor output) => Next(_latents, output);

    public IReadOnlyList<Tensor> PullBack(int step, Tensor latents, IReadOnlyList<Tensor> gradients)
    {
        using var recording = enable_grad();
        using var start = latents.detach().clone().requires_grad_(true);
        using var batch = Batch(start);
        using var output = _model.forward(batch);
        using var next = Next(start, output);
        return [.. gradients.Select(gradient => autograd.grad([next], [start], [gradient], retain_graph: true)[0])];
    }

    public Tensor State() => Latents();

    public Tensor Latents() => _latents.alias();

    public void Dispose() => _latents.Dispose();

    private Tensor Next(Tensor latents, Tensor output)
    {
        using var scope = NewDisposeScope();
        var direction = output;
        if (Guidance != Guidance.None)
        {
            var half = output.shape[0] / 2;
            var (first, second) = (output.narrow(0, 0, half), output.narrow(0, half, half));
            var (cond, uncond) = Guidance == Guidance.ConditionalFirst ? (first, second) : (second, first);
            direction = uncond.add(cond.sub(uncond).mul(2));
        }

        return latents.sub(direction.mul(0.1)).MoveToOuterDisposeScope();
    }

    private Tensor Batch(Tensor latents)
    {
        if (Guidance == Guidance.None)
        {
            return latents.alias();
        }

        // The unconditional half sees a shifted input, so that the halves differ.
        using var other = latents.mul(0.9);
        return Guidance == Guidance.ConditionalFirst ? cat([latents, other], 0) : cat([other, latents], 0);
    }

    private sealed class Chain(ToyTrajectory trajectory) : IBlockChain
    {
        public int Blocks => trajectory._model.Depth;

        public Tensor Embed() => trajectory.Batch(trajectory._latents);

        public Tensor Apply(int block, Tensor tokens) => trajectory._model.Apply(block, tokens);

        public Tensor Finish(Tensor tokens) => tokens.alias();

        public void Dispose()
        {
        }
    }
}
