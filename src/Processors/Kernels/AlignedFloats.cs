using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>Memory that begins on a cache line and grows with what is asked of it; its content does not outlive a growth.</summary>
internal sealed unsafe class AlignedFloats
{
    private const int Alignment = 64;

    private float[] _memory = [];

    /// <summary>At least so many floats; the pointer holds until the next call.</summary>
    public float* Reserve(nint floats)
    {
        var padding = Alignment / sizeof(float);
        if (_memory.Length < floats + padding)
        {
            _memory = GC.AllocateUninitializedArray<float>(checked((int)(floats + padding)), pinned: true);
        }

        var start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
        return (float*)((start + Alignment - 1) & -Alignment);
    }
}
