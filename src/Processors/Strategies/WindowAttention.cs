using TorchSharp;

namespace DiTFastAttn.Processors;

/// <summary><c>wa</c>: project, window attention W, output projection; the paper's ablation without residual.</summary>
public sealed class WindowAttention : IAttentionProcessor
{
    /// <inheritdoc/>
    public ProcessorTraits Traits { get; } = new(SiteState.None, SiteState.Output, NeedsWindow: true);

    /// <inheritdoc/>
    public torch.Tensor Attend(in AttentionCall call)
    {
        using var input = call.Project();
        using var attended = call.Kernel.Window(input, call.RequiredWindow);
        return call.Output(attended);
    }

    /// <inheritdoc/>
    public AttentionCost Cost(in SiteShape shape) => new(shape.Projections, shape.WindowAttention);
}
