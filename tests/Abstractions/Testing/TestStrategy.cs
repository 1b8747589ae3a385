using TorchSharp;

namespace DiTFastAttn.Tests.Testing;

/// <summary>A strategy that a test writes in a line.</summary>
/// <param name="reads">State of earlier steps.</param>
/// <param name="writes">State for later steps.</param>
/// <param name="needsGuidance">Whether it needs two guidance halves.</param>
/// <param name="attend">What it does.</param>
public sealed class TestStrategy(SiteState reads, SiteState writes, bool needsGuidance, Func<AttentionCall, torch.Tensor> attend) : IAttentionProcessor
{
    public ProcessorTraits Traits { get; } = new(reads, writes, needsGuidance);

    public torch.Tensor Attend(in AttentionCall call) => attend(call);

    public AttentionCost Cost(in SiteShape shape) => new(shape.Projections, shape.FullAttention);
}
