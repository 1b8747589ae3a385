using DiTFastAttn;
using static TorchSharp.torch;

namespace OwnStrategy;

/// <summary>Stands around every strategy that computes an output, and notes for <c>delta</c> how it changes. Where no later step of the plan is <c>delta</c> it does nothing.</summary>
/// <param name="inner">The strategy that computes.</param>
public sealed class DeltaObserver(IAttentionProcessor inner) : DelegatingAttentionProcessor(inner)
{
    /// <inheritdoc/>
    public override ProcessorTraits Traits { get; } = inner.Traits with { OwnWrites = [.. inner.Traits.OwnWrites, DeltaCaching.Last, DeltaCaching.Change] };

    /// <inheritdoc/>
    public override Tensor Attend(in AttentionCall call)
    {
        var output = base.Attend(call);
        if (call.Keeps(DeltaCaching.Change))
        {
            call.Store(DeltaCaching.Change, ChangeSince(call, output));
            call.Store(DeltaCaching.Last, output.clone()); // the model may go on to write into its output
        }

        return output;
    }

    private static Tensor ChangeSince(in AttentionCall call, Tensor output)
    {
        if (!call.TryRead(DeltaCaching.Last, out var last, out var computedAt))
        {
            return zeros_like(output); // the first output: nothing is known of a change yet
        }

        using (last)
        {
            return output.sub(last).div_(call.Step - computedAt);
        }
    }
}
