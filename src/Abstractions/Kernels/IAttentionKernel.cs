using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// Computes scaled dot-product attention, softmax(scale · Q·Kᵀ + bias)·V over the keys that take part. Every kernel gives the same
/// results within rounding; they differ in device, dtype, shape and speed. Results belong to the caller.
/// </summary>
public interface IAttentionKernel
{
    /// <summary>A short name for reports, for example <c>cpu-avx512</c>.</summary>
    string Name { get; }

    /// <summary>Whether this kernel can compute this call: device, dtype, shape and mask, and no gradient to be recorded.</summary>
    /// <param name="input">Queries, keys and values.</param>
    bool Supports(in AttentionInput input);

    /// <summary>Full attention.</summary>
    /// <param name="input">Queries <c>[B, H, Lq, D]</c>, keys and values <c>[B, G, Lk, D]</c>.</param>
    /// <param name="window">
    /// A window: the result then has the very bits that <see cref="FullWithResidual"/> gives for it. Sums of floats
    /// depend on their order, and that one takes the keys inside the window first. Leave it out for the fastest order.
    /// </param>
    /// <returns>O <c>[B, H, Lq, D]</c></returns>
    torch.Tensor Full(in AttentionInput input, AttentionWindow? window = null);

    /// <summary>Window attention: a query sees the keys inside the window around it and the text tokens, a text token sees all.</summary>
    /// <param name="input">Queries, keys and values of the same tokens.</param>
    /// <param name="window">The window; measured on the layout of <paramref name="input"/>.</param>
    /// <param name="residual">
    /// R <c>[B, H, L, D]</c> to be added, or that of one guidance half <c>[B/2, H, L, D]</c>, which then counts for both; borrowed.
    /// </param>
    /// <returns>W, or W + R, <c>[B, H, L, D]</c></returns>
    torch.Tensor Window(in AttentionInput input, AttentionWindow window, torch.Tensor? residual = null);

    /// <summary>Full attention O together with the residual R = O − W of window attention, in one pass where the kernel can.</summary>
    /// <param name="input">Queries, keys and values of the same tokens.</param>
    /// <param name="window">The window.</param>
    FullAndResidual FullWithResidual(in AttentionInput input, AttentionWindow window);
}
