using DiTFastAttn;
using static TorchSharp.torch;

namespace OwnStrategy;

/// <summary>
/// <c>delta</c>: computes nothing and goes on as the site was going: the output of the last step that computed one, and on top of it Δ, the
/// change of the output from step to step that was seen there, for every step since.
/// </summary>
[AttentionProcessor("delta")]
public sealed class DeltaCaching : IAttentionProcessor
{
    /// <summary>The last output that was computed, <c>[B, L, d]</c>.</summary>
    internal static readonly OwnState Last = new("delta.last");

    /// <summary>Δ: how the output changed a step between the last two that were computed, <c>[B, L, d]</c>.</summary>
    internal static readonly OwnState Change = new("delta.change");

    /// <inheritdoc/>
    public ProcessorTraits Traits { get; } = new(Reads: SiteState.None, Writes: SiteState.None) { OwnReads = [Last, Change] };

    /// <inheritdoc/>
    public Tensor Attend(in AttentionCall call)
    {
        var (last, computedAt) = call.Read(Last);
        var (change, _) = call.Read(Change);
        using (last)
        using (change)
        {
            return last.add(change, alpha: call.Step - computedAt);
        }
    }

    /// <inheritdoc/>
    public AttentionCost Cost(in SiteShape shape) => default;
}
