using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// Attention by libtorch's own operators, for every device and dtype that they serve, and with gradients. The window is computed band by
/// band over blocks of queries, so that it saves work and memory; the residual is full minus window, in two passes.
/// </summary>
public sealed class TorchAttentionKernel : IAttentionKernel
{
    // A block of b queries reads b + 2w keys: half a window keeps the waste at a quarter, 64 keeps small windows out of tiny operators.
    private const int SmallestBlock = 64;

    /// <inheritdoc/>
    public string Name => "torch";

    /// <inheritdoc/>
    public bool Supports(torch.Tensor query, torch.Tensor key, torch.Tensor value) =>
        AttentionShape.TryRead(query, key, value, out _) && query.is_floating_point()
        && query.dtype == key.dtype && query.dtype == value.dtype;

    /// <inheritdoc/>
    public torch.Tensor Full(torch.Tensor query, torch.Tensor key, torch.Tensor value, int? window = null)
    {
        // Two passes: the order of one does not depend on the other.
        AttentionShape.Read(query, key, value, window);
        return functional.scaled_dot_product_attention(query, key, value);
    }

    /// <inheritdoc/>
    public torch.Tensor Window(torch.Tensor query, torch.Tensor key, torch.Tensor value, int window)
    {
        var length = AttentionShape.Read(query, key, value, window).QueryLength;
        if (window >= length - 1)
        {
            return Full(query, key, value);
        }

        using var scope = torch.NewDisposeScope();
        var size = Math.Max(SmallestBlock, window / 2);
        var bands = new List<torch.Tensor>();
        Band band = default;
        torch.Tensor? mask = null;
        for (long start = 0; start < length; start += size)
        {
            var queries = Math.Min(size, length - start);
            var from = Math.Max(0, start - window);
            var keys = Math.Min(length, start + queries + window) - from;
            // Blocks in the middle share one mask.
            if (mask is null || band != new Band(queries, keys, start - from))
            {
                band = new Band(queries, keys, start - from);
                mask?.Dispose();
                mask = Mask(band, window, query.device);
            }

            bands.Add(functional.scaled_dot_product_attention(
                query.narrow(2, start, queries), key.narrow(2, from, keys), value.narrow(2, from, keys), mask));
        }

        // [B, H, b, D] each -> [B, H, L, D]
        return torch.cat(bands, 2).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public FullAndResidual FullWithResidual(torch.Tensor query, torch.Tensor key, torch.Tensor value, int window)
    {
        using var windowed = Window(query, key, value, window);
        var full = Full(query, key, value);
        return new FullAndResidual(full, full - windowed);
    }

    // [b, keys]: whether a query sees a key.
    private static torch.Tensor Mask(Band band, int window, torch.Device device)
    {
        using var scope = torch.NewDisposeScope();
        var i = torch.arange(band.Offset, band.Offset + band.Queries, torch.ScalarType.Int64, device).unsqueeze(1);
        var j = torch.arange(0, band.Keys, torch.ScalarType.Int64, device).unsqueeze(0);
        return (i - j).abs().le(window).MoveToOuterDisposeScope();
    }

    /// <summary>What a mask depends on besides the window.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Band(long Queries, long Keys, long Offset);
}
