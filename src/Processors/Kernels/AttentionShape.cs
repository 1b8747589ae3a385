using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>Sizes of an attention call, taken from tensors that fit together.</summary>
/// <param name="Batch">B</param>
/// <param name="Heads">H</param>
/// <param name="Groups">G, heads of keys and values</param>
/// <param name="QueryLength">Lq</param>
/// <param name="KeyLength">Lk</param>
/// <param name="HeadWidth">D</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AttentionShape(long Batch, long Heads, long Groups, long QueryLength, long KeyLength, long HeadWidth)
{
    /// <summary>The sizes, or false where the tensors do not fit together.</summary>
    public static bool TryRead(in AttentionInput input, out AttentionShape shape)
    {
        var q = input.Query.shape;
        var k = input.Key.shape;
        shape = default;
        if (q.Length != 4 || k.Length != 4 || q[0] != k[0] || q[3] != k[3] || !k.AsSpan().SequenceEqual(input.Value.shape)
            || (q[1] != k[1] && (k[1] == 0 || q[1] % k[1] != 0)))
        {
            return false;
        }

        shape = new AttentionShape(q[0], q[1], k[1], q[2], k[2], q[3]);
        return shape.Fits(input.KeyMask) && shape.FitsBias(input.Bias);
    }

    /// <summary>The sizes of a call that a kernel of ours may serve: there is something to compute, and no gradient is recorded.</summary>
    public static bool TryReadForKernel(in AttentionInput input, out AttentionShape shape) =>
        TryRead(input, out shape)
        && shape is { Batch: > 0, Heads: > 0, QueryLength: > 0, KeyLength: > 0, HeadWidth: > 0 }
        && !(torch.is_grad_enabled() && (input.Query.requires_grad || input.Key.requires_grad || input.Value.requires_grad));

    /// <summary>The sizes of a call.</summary>
    /// <param name="input">Queries, keys and values.</param>
    /// <param name="needsWindow">Whether a window is to be laid over it.</param>
    /// <exception cref="ArgumentException">
    /// The tensors do not fit together (the message has their shapes), or there is to be a window and query and key differ in length.
    /// </exception>
    public static AttentionShape Read(in AttentionInput input, bool needsWindow = false)
    {
        if (!TryRead(input, out var shape))
        {
            throw new ArgumentException(
                $"attention takes query [B, H, Lq, D], key and value [B, G, Lk, D] with G a divisor of H, a key mask [B, Lk] and a bias [B or 1, H or 1, Lq or 1, Lk]; "
                + $"got query {Text(input.Query)}, key {Text(input.Key)}, value {Text(input.Value)}, mask {Text(input.KeyMask)}, bias {Text(input.Bias)}",
                nameof(input));
        }

        if (!needsWindow)
        {
            return shape;
        }

        input.Layout.Check(shape.QueryLength);
        return shape.QueryLength == shape.KeyLength
            ? shape
            : throw new ArgumentException(
                $"window attention takes queries and keys of the same tokens; got {shape.QueryLength} queries and {shape.KeyLength} keys",
                nameof(input));
    }

    private bool Fits(torch.Tensor? mask) => mask is null || (mask.dim() == 2 && mask.size(0) == Batch && mask.size(1) == KeyLength);

    private bool FitsBias(torch.Tensor? bias)
        => bias is null
            || (bias.shape is [var b, var h, var q, var k]
                && (b == 1 || b == Batch) && (h == 1 || h == Heads) && (q == 1 || q == QueryLength) && k == KeyLength && bias.is_floating_point());

    private static string Text(torch.Tensor? tensor) =>
        tensor is null ? "none" : $"[{string.Join(", ", tensor.shape.Select(size => size.ToString(CultureInfo.InvariantCulture)))}]";
}
