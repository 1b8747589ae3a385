using DiTFastAttn.Models.DiT;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>
/// PixArt's adaLN-single (Chen et al. 2023, arXiv 2310.00426, section 2.3): one projection of the timestep for all blocks, to which each block adds
/// a table of its own. What the blocks of both layouts compute.
/// </summary>
internal static class AdaLNSingle
{
    /// <summary>
    /// x += gate₁·attention(LN(x)·(1 + scale₁) + shift₁), x += attention to the caption, x += gate₂·feedForward(LN(x)·(1 + scale₂) + shift₂).
    /// </summary>
    /// <param name="x">Tokens <c>[B, L, d]</c>; stays the caller's.</param>
    /// <param name="table">The block's <c>[6, d]</c>: shift₁, scale₁, gate₁, shift₂, scale₂, gate₂.</param>
    /// <param name="modulation">The timestep's <c>[B, 6·d]</c>, added to the table.</param>
    /// <param name="epsilon">Epsilon of both layer norms.</param>
    /// <param name="attend">Self-attention, tokens to tokens.</param>
    /// <param name="attendToCaption">Cross-attention, tokens to tokens.</param>
    /// <param name="feedForward">Tokens to tokens.</param>
    /// <returns>Tokens <c>[B, L, d]</c>, owned by the caller.</returns>
    public static Tensor Block(
        Tensor x, Tensor table, Tensor modulation, double epsilon, Func<Tensor, Tensor> attend, Func<Tensor, Tensor> attendToCaption, Module<Tensor, Tensor> feedForward)
    {
        using var scope = NewDisposeScope();
        var parts = (table + modulation.view(-1, 6, x.shape[2])).chunk(6, 1); // [6, d] + [B, 6, d] -> six of [B, 1, d]
        Tensor tokens;
        using (var input = AdaLNZero.Modulate(x, parts[0], parts[1], epsilon))
        using (var delta = attend(input))
        {
            tokens = addcmul(x, parts[2], delta, 1);
        }

        using (var delta = attendToCaption(tokens))
        {
            tokens = AdaLNZero.RecordsGradient(delta) ? tokens + delta : tokens.add_(delta);
        }

        using (var input = AdaLNZero.Modulate(tokens, parts[3], parts[4], epsilon))
        using (var delta = feedForward.forward(input))
        {
            var result = AdaLNZero.RecordsGradient(delta) ? addcmul(tokens, parts[5], delta, 1) : tokens.addcmul_(parts[5], delta, 1);
            return result.MoveToOuterDisposeScope();
        }
    }

    /// <summary>The last layer: LN(x)·(1 + scale) + shift, then the linear to patches.</summary>
    /// <param name="x">Tokens <c>[B, L, d]</c>; stays the caller's.</param>
    /// <param name="table"><c>[2, d]</c>: shift, scale.</param>
    /// <param name="condition">The timestep's vector <c>[B, d]</c>, added to both.</param>
    /// <param name="linear">Tokens to patches.</param>
    /// <returns>Patches <c>[B, L, p·p·out]</c>, owned by the caller.</returns>
    public static Tensor Final(Tensor x, Tensor table, Tensor condition, Module<Tensor, Tensor> linear)
    {
        using var scope = NewDisposeScope();
        var parts = (table + condition.unsqueeze(1)).chunk(2, 1); // [2, d] + [B, 1, d] -> two of [B, 1, d]
        return linear.forward(AdaLNZero.Modulate(x, parts[0], parts[1], AdaLNZero.Epsilon)).MoveToOuterDisposeScope();
    }
}
