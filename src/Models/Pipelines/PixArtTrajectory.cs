using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>One generation of a <see cref="PixArtSampler"/>, stepped through by its caller.</summary>
public sealed class PixArtTrajectory : GuidedTrajectory
{
    private readonly PixArtModel _model;
    private readonly PixArtCondition _condition;

    internal PixArtTrajectory(
        PixArtModel model, IScheduler scheduler, GuidedBatch batch, PixArtCondition condition, Tensor latents, Func<int, Tensor>? noise)
        : base(scheduler, batch, latents, noise)
    {
        _model = model;
        _condition = condition;
    }

    private protected override Tensor Call(Tensor input, Tensor timesteps) => _model.forward(input, timesteps, _condition);

    private protected override Tensor CallOne(int sample, Tensor input, Tensor timesteps) => _model.forward(input, timesteps, new PixArtCondition(OfSample(_condition.Captions, sample))
    {
        CaptionMask = _condition.CaptionMask is { } mask ? OfSample(mask, sample) : null,
        Resolution = _condition.Resolution is { } size ? OfSample(size, sample) : null,
        AspectRatio = _condition.AspectRatio is { } ratio ? OfSample(ratio, sample) : null,
    });

    private protected override IBlockChain BeginBlocks(Tensor input, Tensor timesteps) => _model.BeginBlocks(input, timesteps, _condition);

    private protected override void DisposeConditions()
    {
        _condition.Captions.Dispose();
        _condition.CaptionMask?.Dispose();
        _condition.Resolution?.Dispose();
        _condition.AspectRatio?.Dispose();
    }
}
