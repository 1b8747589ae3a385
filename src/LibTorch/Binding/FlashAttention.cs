using static TorchSharp.torch;

namespace TorchSharp.Binding;

/// <summary>
/// <c>aten::_flash_attention_forward</c> with windows (libtorch 2.5 and newer, CUDA): what TorchSharp does not have and the kernels need. Internal, so
/// that the public API stays TorchSharp's.
/// </summary>
internal static class FlashAttention
{
    /// <summary>Calls it.</summary>
    /// <param name="query"><c>[B, Lq, H, D]</c></param>
    /// <param name="key"><c>[B, Lk, G, D]</c></param>
    /// <param name="value"><c>[B, Lk, G, D]</c></param>
    /// <param name="longestQuery">Lq</param>
    /// <param name="longestKey">Lk</param>
    /// <param name="scale">Factor of Q·Kᵀ.</param>
    /// <param name="before">Keys before the query, or −1.</param>
    /// <param name="after">Keys behind it, or −1.</param>
    /// <returns>O <c>[B, Lq, H, D]</c> and the logarithms of the sums <c>[B, H, Lq]</c>; the caller owns both.</returns>
    internal static (Tensor Output, Tensor LogSum) Forward(
        Tensor query, Tensor key, Tensor value, long longestQuery, long longestKey, double scale, long before, long after)
        => Op._flash_attention_forward.CallFirst2(
            query, key, value, Arg.None, Arg.None, longestQuery, longestKey, 0.0, false, false, scale, before, after);
}
