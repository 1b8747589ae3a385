using TorchSharp;

namespace DiTFastAttn.Processors;

/// <summary>
/// <c>wars</c>, Window Attention with Residual Sharing: project, window attention W, W + R with the residual of the last
/// step that computed in full, output projection. It never refreshes R. Paper: section 3.2.
/// </summary>
public sealed class WindowAttentionWithResidualSharing : IAttentionProcessor
{
    /// <inheritdoc/>
    public ProcessorTraits Traits { get; } = new(SiteState.Residual, SiteState.Output, NeedsWindow: true);

    /// <inheritdoc/>
    public torch.Tensor Attend(in AttentionCall call)
    {
        using var input = call.Project();
        using var attended = call.AttendWindowWithResidual(input);
        return call.Output(attended);
    }

    /// <inheritdoc/>
    public AttentionCost Cost(in SiteShape shape) => new(shape.Projections, shape.WindowAttention);
}
