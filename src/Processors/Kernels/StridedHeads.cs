using System.Runtime.InteropServices;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>Where a [B, H, L, D] array of floats lies; strides in floats, unit stride along D.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct StridedHeads(float* start, long batchStride, long headStride, long rowStride)
{
    public bool IsNull => start == null;

    /// <summary>Floats from one token's row to the next.</summary>
    public nint RowStride => (nint)rowStride;

    /// <summary>First element of a batch entry's head, [L, D].</summary>
    public float* Head(int batch, int head) => start + (batch * batchStride) + (head * headStride);
}
