using System.Runtime.InteropServices;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>Where a [B, H, L, D] array lies; strides in bytes, elements side by side along D.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct StridedHeads(byte* start, long batchStride, long headStride, long rowStride)
{
    public bool IsNull => start == null;

    /// <summary>Bytes from one token's row to the next.</summary>
    public nint RowStride => (nint)rowStride;

    /// <summary>First element of a token's row of a head, [D].</summary>
    public byte* Row(int batch, int head, int token) => start + (batch * batchStride) + (head * headStride) + (token * rowStride);
}
