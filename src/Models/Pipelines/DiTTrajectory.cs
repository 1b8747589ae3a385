using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>One generation of a <see cref="DiTSampler"/>, stepped through by its caller.</summary>
public sealed class DiTTrajectory : GuidedTrajectory
{
    private readonly DiTModel _model;
    private readonly Tensor _labels;

    internal DiTTrajectory(
        DiTModel model, IScheduler scheduler, GuidedBatch batch, IReadOnlyList<int> labels, int nullLabel, Tensor latents, Func<int, Tensor>? noise)
        : base(scheduler, batch, latents, noise)
    {
        _model = model;
        _labels = tensor(batch.Labels(labels, nullLabel), device: latents.device).DetachFromDisposeScope();
    }

    private protected override Tensor Call(Tensor input, Tensor timesteps) => _model.forward(input, timesteps, _labels);

    private protected override Tensor CallOne(int sample, Tensor input, Tensor timesteps) => _model.forward(input, timesteps, OfSample(_labels, sample));

    private protected override IBlockChain BeginBlocks(Tensor input, Tensor timesteps) => _model.BeginBlocks(input, timesteps, _labels);

    private protected override void DisposeConditions() => _labels.Dispose();
}
