using TorchSharp;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>What one guidance half keeps and both use.</summary>
internal static class GuidanceHalves
{
    /// <summary>Adds what one half has to both.</summary>
    /// <param name="tensor"><c>[B, H, L, D]</c></param>
    /// <param name="addend"><c>[b, H, L, D]</c>, b a divisor of B: sample i takes row i mod b.</param>
    /// <returns><c>[B, H, L, D]</c>; the caller owns it.</returns>
    public static torch.Tensor Add(torch.Tensor tensor, torch.Tensor addend)
    {
        // [B, H, L, D] -> [B / b, b, H, L, D]
        using var grouped = tensor.unflatten(0, tensor.size(0) / addend.size(0), addend.size(0));
        using var sum = grouped + addend;
        return sum.flatten(0, 1);
    }
}
