using TorchSharp;

namespace DiTFastAttn;

/// <summary>A site that needs nothing but its tokens.</summary>
public abstract class SelfAttentionSite : AttentionSite
{
    /// <summary>Projects tokens <c>[b, L, d]</c> to query, key and value. The caller owns the result.</summary>
    /// <param name="hidden">Tokens <c>[b, L, d]</c>: the whole batch or one guidance half.</param>
    public abstract AttentionInput Project(torch.Tensor hidden);

    /// <summary>Projects attended values <c>[b, H, L, D]</c> to tokens <c>[b, L, d]</c>. The caller owns the result.</summary>
    /// <param name="attended">Attended values <c>[b, H, L, D]</c>; any strides.</param>
    public abstract torch.Tensor Output(torch.Tensor attended);

    /// <summary>Computes the site for the current step of the current run; plain full attention outside a run.</summary>
    /// <param name="hidden">Tokens <c>[B, L, d]</c>, both guidance halves where there are two.</param>
    /// <returns>Tokens <c>[B, L, d]</c>, owned by the caller.</returns>
    public torch.Tensor Attend(torch.Tensor hidden)
    {
        if (FindFrame() is { } frame)
        {
            return frame.Attend(this, hidden);
        }

        using var input = Project(hidden);
        using var attended = Kernel.Full(input);
        return Output(attended);
    }

    internal sealed override AttentionInput Project(in AttentionCall call) => Project(call.Hidden);

    internal sealed override torch.Tensor Output(torch.Tensor attended, in AttentionCall call) => Output(attended);
}
