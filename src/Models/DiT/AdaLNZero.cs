using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>
/// Adaptive layer norm with zero-initialised gates (adaLN-Zero, DiT section 3.2): what the blocks of both layouts compute.
/// </summary>
internal static class AdaLNZero
{
    /// <summary>Epsilon of every layer norm that Meta's code has.</summary>
    public const double Epsilon = 1e-6;

    /// <summary>x += gate₁·attention(LN(x)·(1 + scale₁) + shift₁), then the same with the feed-forward.</summary>
    /// <param name="x">Tokens <c>[B, L, d]</c>; stays the caller's.</param>
    /// <param name="modulation"><c>[B, 6·d]</c>: shift₁, scale₁, gate₁, shift₂, scale₂, gate₂.</param>
    /// <param name="attention">Tokens to tokens.</param>
    /// <param name="feedForward">Tokens to tokens.</param>
    /// <param name="secondEpsilon">Epsilon of the second layer norm.</param>
    /// <returns>Tokens <c>[B, L, d]</c>, owned by the caller.</returns>
    public static Tensor Block(
        Tensor x, Tensor modulation, Module<Tensor, Tensor> attention, Module<Tensor, Tensor> feedForward, double secondEpsilon)
    {
        using var scope = NewDisposeScope();
        var parts = modulation.unsqueeze(1).chunk(6, 2); // [B, 6·d] -> six of [B, 1, d]
        Tensor attended;
        using (var input = Modulate(x, parts[0], parts[1], Epsilon))
        using (var delta = attention.forward(input))
        {
            attended = addcmul(x, parts[2], delta, 1);
        }

        using (var input = Modulate(attended, parts[3], parts[4], secondEpsilon))
        using (var delta = feedForward.forward(input))
        {
            var result = RecordsGradient(delta) ? addcmul(attended, parts[5], delta, 1) : attended.addcmul_(parts[5], delta, 1);
            return result.MoveToOuterDisposeScope();
        }
    }

    /// <summary>The last layer: modulation, then the linear to patches.</summary>
    /// <param name="x">Tokens <c>[B, L, d]</c>; stays the caller's.</param>
    /// <param name="modulation"><c>[B, 2·d]</c>: shift, scale.</param>
    /// <param name="linear">Tokens to patches.</param>
    /// <returns>Patches <c>[B, L, p·p·out]</c>, owned by the caller.</returns>
    public static Tensor Final(Tensor x, Tensor modulation, Module<Tensor, Tensor> linear)
    {
        using var scope = NewDisposeScope();
        var parts = modulation.unsqueeze(1).chunk(2, 2); // [B, 2·d] -> two of [B, 1, d]
        return linear.forward(Modulate(x, parts[0], parts[1], Epsilon)).MoveToOuterDisposeScope();
    }

    /// <summary>LN(x)·(1 + scale) + shift, the layer norm without parameters of its own.</summary>
    /// <param name="x">Tokens <c>[B, L, d]</c></param>
    /// <param name="shift"><c>[B, 1, d]</c></param>
    /// <param name="scale"><c>[B, 1, d]</c></param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>Tokens <c>[B, L, d]</c>, owned by the caller.</returns>
    public static Tensor Modulate(Tensor x, Tensor shift, Tensor scale, double epsilon)
    {
        if (ModulatedNormCpu.Supports(x, shift, scale))
        {
            return ModulatedNormCpu.Apply(x, shift, scale, epsilon);
        }

        using var normed = functional.layer_norm(x, [x.shape[^1]], eps: epsilon);
        using var factor = scale + 1;
        return addcmul(shift, normed, factor, 1);
    }

    /// <summary>Whether what is computed from this tensor is recorded for a backward pass.</summary>
    public static bool RecordsGradient(Tensor tensor) => tensor.requires_grad && is_grad_enabled();
}
