using TorchSharp;

namespace DiTFastAttn.Processors;

/// <summary>
/// <c>full</c>: project, softmax(Q·Kᵀ/√D)·V, output projection. Where a later step reads the residual R = O − W, window
/// attention is computed in the same pass and R is left to the run.
/// </summary>
public sealed class FullAttention : IAttentionProcessor
{
    /// <inheritdoc/>
    public ProcessorTraits Traits { get; } = new(SiteState.None, SiteState.Residual | SiteState.Output) { ServesSubLayers = true };

    /// <inheritdoc/>
    public torch.Tensor Attend(in AttentionCall call)
    {
        if (!call.KeepsResidual)
        {
            return call.Compute();
        }

        using var input = call.Project();
        var (full, residual) = call.Kernel.FullWithResidual(input, call.RequiredWindow);
        using (full)
        {
            call.StoreResidual(residual);
            return call.Output(full);
        }
    }

    /// <inheritdoc/>
    public AttentionCost Cost(in SiteShape shape) => shape.IsSubLayer ? new(shape.SubLayer, 0) : new(shape.Projections, shape.FullAttention, shape.WindowAttention);
}
