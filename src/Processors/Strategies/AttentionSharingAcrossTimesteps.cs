using TorchSharp;

namespace DiTFastAttn.Processors;

/// <summary>
/// <c>ast</c>, Attention Sharing across Timesteps: nothing is computed, the output of the last step that computed one is
/// the output again. Paper: section 3.3.
/// </summary>
public sealed class AttentionSharingAcrossTimesteps : IAttentionProcessor
{
    /// <inheritdoc/>
    public ProcessorTraits Traits { get; } = new(SiteState.Output, SiteState.None) { ServesSubLayers = true };

    /// <inheritdoc/>
    public torch.Tensor Attend(in AttentionCall call) => call.ReadOutput();

    /// <inheritdoc/>
    public AttentionCost Cost(in SiteShape shape) => default;
}
