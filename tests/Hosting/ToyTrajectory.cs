using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

/// <summary>x ← x − 0.1·guided model output: deterministic, with or without guidance halves.</summary>
public sealed class ToyTrajectory : IBlockwiseTrajectory
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
        using var batch = Batch();
        return _model.forward(batch);
    }

    public IBlockChain BeginPrediction() => new Chain(this);

    public void Advance(Tensor output)
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

        var next = _latents.sub(direction.mul(0.1)).DetachFromDisposeScope();
        _latents.Dispose();
        _latents = next;
    }

    public Tensor Latents() => _latents.alias();

    public void Dispose() => _latents.Dispose();

    private Tensor Batch()
    {
        if (Guidance == Guidance.None)
        {
            return _latents.alias();
        }

        // The unconditional half sees a shifted input, so that the halves differ.
        using var other = _latents.mul(0.9);
        return Guidance == Guidance.ConditionalFirst ? cat([_latents, other], 0) : cat([other, _latents], 0);
    }

    private sealed class Chain(ToyTrajectory trajectory) : IBlockChain
    {
        public int Blocks => trajectory._model.Depth;

        public Tensor Embed() => trajectory.Batch();

        public Tensor Apply(int block, Tensor tokens) => trajectory._model.Apply(block, tokens);

        public Tensor Finish(Tensor tokens) => tokens.alias();

        public void Dispose()
        {
        }
    }
}
