using DiTFastAttn.Models.DiT;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>What the blocks of STDiT and STDiT2 share.</summary>
internal static class Branches
{
    /// <summary>x + gate·branch, a new tensor; the branch is taken over.</summary>
    /// <param name="x"><c>[B, T, S, d]</c></param>
    /// <param name="gate"><c>[B, T or 1, 1, d]</c></param>
    /// <param name="branch"><c>[B, T, S, d]</c>; any strides.</param>
    public static Tensor Add(Tensor x, Tensor gate, Tensor branch)
    {
        using (branch)
        {
            return addcmul(x, gate, branch, 1);
        }
    }

    /// <summary>x + gate·branch, in the memory of x where no gradient is recorded; both are taken over.</summary>
    /// <param name="x"><c>[B, T, S, d]</c></param>
    /// <param name="gate"><c>[B, T or 1, 1, d]</c>, or none for 1.</param>
    /// <param name="branch"><c>[B, T, S, d]</c>; any strides.</param>
    public static Tensor AddInto(Tensor x, Tensor? gate, Tensor branch)
    {
        using (branch)
        {
            if (AdaLNZero.RecordsGradient(branch))
            {
                using var old = x;
                return gate is null ? old + branch : addcmul(old, gate, branch, 1);
            }

            return gate is null ? x.add_(branch) : x.addcmul_(gate, branch, 1);
        }
    }

    /// <summary>The cross-attention from all tokens of a video, as they are.</summary>
    public static Tensor Text(Tensor x, VideoCall call, Func<Tensor, Tensor, Tensor?, Tensor> attend, string block)
    {
        using var tokens = x.view(x.shape[0], x.shape[1] * x.shape[2], x.shape[3]); // [B, T·S, d]
        using var attended = attend(tokens, call.Text, call.TextMask);
        call.Observe?.Invoke($"{block}.cross", attended);
        return attended.view(x.shape);
    }

    /// <summary>The feed-forward of LN(x)·(1 + scale) + shift.</summary>
    public static Tensor FeedForward(Tensor x, Tensor shift, Tensor scale, MetaMlp mlp, VideoCall call, string block)
    {
        using var modulated = FrameModulation.Modulate(x, shift, scale);
        var result = mlp.forward(modulated);
        if (call.Observe is { } observe)
        {
            using var tokens = result.view(x.shape[0], x.shape[1] * x.shape[2], x.shape[3]);
            observe($"{block}.mlp", tokens);
        }

        return result;
    }
}
