using TorchSharp;

namespace DiTFastAttn.Processors;

/// <summary>
/// <c>asc</c>, Attention Sharing across CFG: the inner strategy computes the conditional half of the batch, and its output
/// is both halves'. A residual that it stores counts for both halves too. Paper: section 3.4.
/// </summary>
public sealed class AttentionSharingAcrossGuidance : IAttentionDecorator
{
    /// <inheritdoc/>
    public IAttentionProcessor Around(IAttentionProcessor inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return inner is Shared
            ? throw new ArgumentException("asc around asc: the conditional half has no halves of its own; name asc once.", nameof(inner))
            : new Shared(inner);
    }

    private sealed class Shared(IAttentionProcessor inner) : IAttentionProcessor
    {
        public ProcessorTraits Traits { get; } = inner.Traits with { NeedsGuidance = true };

        public torch.Tensor Attend(in AttentionCall call)
        {
            var batch = call.Hidden.shape[0];
            if (batch % 2 != 0)
            {
                throw new InvalidOperationException(
                    $"site '{call.Site.Name}': a batch of {batch} has no two guidance halves; asc needs the conditional and the unconditional half in one batch.");
            }

            var start = call.Guidance == Guidance.ConditionalLast ? batch / 2 : 0;
            using var half = call.Hidden.narrow(0, start, batch / 2);
            using var output = inner.Attend(call.ForConditionalHalf(half));
            return torch.cat([output, output], 0); // [B/2, L, d] -> [B, L, d]
        }

        public AttentionCost Cost(in SiteShape shape) => inner.Cost(shape with { Batch = shape.Batch / 2 });
    }
}
