using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// Computes scaled dot-product attention, softmax(Q·Kᵀ/√D)·V, on tensors <c>[B, H, L, D]</c> of any strides. Every kernel
/// gives the same results within rounding; they differ in device, dtype, shape and speed. Results belong to the caller.
/// </summary>
public interface IAttentionKernel
{
    /// <summary>A short name for reports, for example <c>cpu-avx512</c>.</summary>
    string Name { get; }

    /// <summary>Whether this kernel can compute these tensors: device, dtype and shape, and no gradient to be recorded.</summary>
    /// <param name="query"><c>[B, H, Lq, D]</c></param>
    /// <param name="key"><c>[B, H, Lk, D]</c></param>
    /// <param name="value"><c>[B, H, Lk, D]</c></param>
    bool Supports(torch.Tensor query, torch.Tensor key, torch.Tensor value);

    /// <summary>Full attention.</summary>
    /// <param name="query"><c>[B, H, Lq, D]</c></param>
    /// <param name="key"><c>[B, H, Lk, D]</c></param>
    /// <param name="value"><c>[B, H, Lk, D]</c></param>
    /// <param name="window">
    /// A window w in tokens: the result then has the very bits that <see cref="FullWithResidual"/> gives for it. Sums of floats
    /// depend on their order, and that one takes the keys inside the window first. Leave it out for the fastest order.
    /// </param>
    /// <returns>O <c>[B, H, Lq, D]</c></returns>
    torch.Tensor Full(torch.Tensor query, torch.Tensor key, torch.Tensor value, int? window = null);

    /// <summary>Window attention: query i sees the keys j with |i − j| ≤ <paramref name="window"/>, both ends inclusive, no wrap.</summary>
    /// <param name="query"><c>[B, H, L, D]</c></param>
    /// <param name="key"><c>[B, H, L, D]</c></param>
    /// <param name="value"><c>[B, H, L, D]</c></param>
    /// <param name="window">w in tokens; 0 sees only itself, L − 1 or more sees all.</param>
    /// <returns>W <c>[B, H, L, D]</c></returns>
    torch.Tensor Window(torch.Tensor query, torch.Tensor key, torch.Tensor value, int window);

    /// <summary>Full attention O together with the residual R = O − W of window attention, in one pass where the kernel can.</summary>
    /// <param name="query"><c>[B, H, L, D]</c></param>
    /// <param name="key"><c>[B, H, L, D]</c></param>
    /// <param name="value"><c>[B, H, L, D]</c></param>
    /// <param name="window">w in tokens.</param>
    FullAndResidual FullWithResidual(torch.Tensor query, torch.Tensor key, torch.Tensor value, int window);
}
