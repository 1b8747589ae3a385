using System.Runtime.InteropServices;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>Where a [B, H, L, D] array of floats lies; strides in floats, unit stride along D.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct StridedHeads(float* start, long batchStride, long headStride, long rowStride)
{
    public bool IsNull => start == null;

    /// <summary>Floats from one token's row to the next.</summary>
    public nint RowStride => (nint)rowStride;

    /// <summary>First element of a token's row of a head, [D].</summary>
    public float* Row(int batch, int head, int token) => start + (batch * batchStride) + (head * headStride) + (token * rowStride);
}
