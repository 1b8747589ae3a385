using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// A site whose projections need more than its tokens: a context, a mask, rotary embeddings, a second stream of tokens.
/// </summary>
/// <typeparam name="TArguments">What they need: the method's parameters behind the first.</typeparam>
public abstract class AttentionSite<TArguments> : AttentionSite
    where TArguments : struct
{
    /// <summary>Projects tokens to query, key and value. The caller owns the result.</summary>
    /// <param name="hidden">Tokens <c>[b, L, d]</c>: the part of the batch that is computed.</param>
    /// <param name="arguments">The call's further arguments, of the whole batch.</param>
    /// <param name="part">The part of the batch; what is per sample has to be cut to it.</param>
    public abstract AttentionInput Project(torch.Tensor hidden, in TArguments arguments, BatchPart part);

    /// <summary>Projects attended values <c>[b, H, L, D]</c> to tokens <c>[b, L, d]</c>, two streams one behind the other. The caller owns the result.</summary>
    /// <param name="attended">Attended values <c>[b, H, L, D]</c>; any strides.</param>
    /// <param name="hidden">Tokens <c>[b, L, d]</c>: the part of the batch that is computed.</param>
    /// <param name="arguments">The call's further arguments, of the whole batch.</param>
    /// <param name="part">The part of the batch.</param>
    public abstract torch.Tensor Output(torch.Tensor attended, torch.Tensor hidden, in TArguments arguments, BatchPart part);

    /// <summary>Computes the site for the current step of the current run; plain full attention outside a run.</summary>
    /// <param name="hidden">Tokens <c>[B, L, d]</c>, both guidance halves where there are two.</param>
    /// <param name="arguments">The call's further arguments.</param>
    /// <returns>Tokens <c>[B, L, d]</c>, two streams one behind the other; owned by the caller.</returns>
    public torch.Tensor Attend(torch.Tensor hidden, in TArguments arguments)
    {
        if (FindFrame() is not { } frame)
        {
            using var input = Project(hidden, arguments, BatchPart.Whole);
            using var attended = Kernel.Full(input);
            return Output(attended, hidden, arguments, BatchPart.Whole);
        }

        var slot = frame.ArgumentsOf<TArguments>(Index);
        slot.Value = arguments;
        try
        {
            return frame.Attend(this, hidden);
        }
        finally
        {
            // The arguments belong to the caller: no tensor of theirs is held past the call.
            slot.Value = default;
        }
    }

    /// <summary>Puts the tokens of two streams one behind the other, which is how strategies see a site with two.</summary>
    /// <param name="streams"><c>[b, L1, d]</c> and <c>[b, L2, d]</c>; taken over.</param>
    /// <returns><c>[b, L1 + L2, d]</c></returns>
    /// <exception cref="ArgumentException">They differ in batch or width.</exception>
    protected static torch.Tensor Join((torch.Tensor First, torch.Tensor Second) streams)
    {
        var (first, second) = streams;
        using (first)
        using (second)
        {
            return first.dim() == 3 && second.dim() == 3 && first.size(0) == second.size(0) && first.size(2) == second.size(2)
                ? torch.cat([first, second], 1)
                : throw new ArgumentException(
                    "the two streams of a joint attention site have to be [B, L1, d] and [B, L2, d] behind the output projection; "
                    + $"got [{string.Join(", ", first.shape)}] and [{string.Join(", ", second.shape)}]",
                    nameof(streams));
        }
    }

    internal sealed override AttentionInput Project(in AttentionCall call) => Project(call.Hidden, call.Arguments<TArguments>(), call.Part);

    internal sealed override torch.Tensor Output(torch.Tensor attended, in AttentionCall call)
        => Output(attended, call.Hidden, call.Arguments<TArguments>(), call.Part);
}
