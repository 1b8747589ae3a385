using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>Sizes of an attention call, taken from tensors that fit together.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AttentionShape(long Batch, long Heads, long QueryLength, long KeyLength, long HeadWidth)
{
    /// <summary>The sizes, or false where the tensors do not fit together.</summary>
    public static bool TryRead(torch.Tensor query, torch.Tensor key, torch.Tensor value, out AttentionShape shape)
    {
        var q = query.shape;
        var k = key.shape;
        var v = value.shape;
        if (q.Length != 4 || k.Length != 4 || q[0] != k[0] || q[1] != k[1] || q[3] != k[3] || !k.AsSpan().SequenceEqual(v))
        {
            shape = default;
            return false;
        }

        shape = new AttentionShape(q[0], q[1], q[2], k[2], q[3]);
        return true;
    }

    /// <summary>The sizes of a call.</summary>
    /// <param name="query"><c>[B, H, Lq, D]</c></param>
    /// <param name="key"><c>[B, H, Lk, D]</c></param>
    /// <param name="value"><c>[B, H, Lk, D]</c></param>
    /// <param name="window">The window, if there is one.</param>
    /// <exception cref="ArgumentException">
    /// The tensors do not fit together (the message has their shapes), or there is a window and it is negative, or query and key
    /// differ in length.
    /// </exception>
    public static AttentionShape Read(torch.Tensor query, torch.Tensor key, torch.Tensor value, int? window = null)
    {
        if (!TryRead(query, key, value, out var shape))
        {
            throw new ArgumentException(
                $"attention takes query [B, H, Lq, D], key and value [B, H, Lk, D]; got query {Text(query)}, key {Text(key)}, value {Text(value)}",
                nameof(query));
        }

        if (window is not { } w)
        {
            return shape;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(w, nameof(window));
        return shape.QueryLength == shape.KeyLength
            ? shape
            : throw new ArgumentException(
                $"window attention takes queries and keys of the same tokens; got {shape.QueryLength} queries and {shape.KeyLength} keys",
                nameof(key));
    }

    private static string Text(torch.Tensor tensor) =>
        $"[{string.Join(", ", tensor.shape.Select(size => size.ToString(CultureInfo.InvariantCulture)))}]";
}
