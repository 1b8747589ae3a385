using System.Runtime.InteropServices;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// One attention call as the CPU kernel sees it: pointers, sizes, strides (in floats; unit stride along the head width). No torch type.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct AttentionProblem
{
    /// <summary>The value of <see cref="Window"/> that means every key.</summary>
    public const int NoWindow = -1;

    /// <summary>[B, H, Lq, D].</summary>
    public StridedHeads Query { get; init; }

    /// <summary>[B, H, Lk, D].</summary>
    public StridedHeads Key { get; init; }

    /// <summary>[B, H, Lk, D].</summary>
    public StridedHeads Value { get; init; }

    /// <summary>[B, H, Lq, D]: attention, full or windowed as <see cref="WindowOnly"/> says.</summary>
    public StridedHeads Output { get; init; }

    /// <summary>[B, H, Lq, D]: full minus windowed attention; a null pointer where it is not asked for.</summary>
    public StridedHeads Residual { get; init; }

    public int Batch { get; init; }

    public int Heads { get; init; }

    public int QueryLength { get; init; }

    public int KeyLength { get; init; }

    public int HeadWidth { get; init; }

    /// <summary>The window's keys on each side of a query (|i − j| ≤ w), or <see cref="NoWindow"/>.</summary>
    public int Window { get; init; }

    /// <summary>Whether <see cref="Output"/> sees the window's keys only; else it sees all, those of the window first.</summary>
    public bool WindowOnly { get; init; }
}
