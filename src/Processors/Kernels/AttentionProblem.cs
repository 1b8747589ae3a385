using System.Runtime.InteropServices;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>One attention call as the CPU kernel sees it: pointers, sizes, strides. No torch type.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct AttentionProblem
{
    /// <summary>[B, H, Lq, D].</summary>
    public StridedHeads Query { get; init; }

    /// <summary>[B, G, Lk, D].</summary>
    public StridedHeads Key { get; init; }

    /// <summary>[B, G, Lk, D].</summary>
    public StridedHeads Value { get; init; }

    /// <summary>[B, H, Lq, D]: attention, full or windowed as <see cref="WindowOnly"/> says.</summary>
    public StridedHeads Output { get; init; }

    /// <summary>[B, H, Lq, D]: full minus windowed attention; a null pointer where it is not asked for.</summary>
    public StridedHeads Residual { get; init; }

    /// <summary>[b, H, Lq, D], added to the output; a null pointer where there is nothing to add.</summary>
    public StridedHeads Addend { get; init; }

    /// <summary>b of <see cref="Addend"/>, a divisor of B: sample i takes row i mod b.</summary>
    public int AddendBatch { get; init; }

    /// <summary>What all of them hold.</summary>
    public ElementType Type { get; init; }

    public int Batch { get; init; }

    public int Heads { get; init; }

    /// <summary>G: heads of keys and values.</summary>
    public int Groups { get; init; }

    public int QueryLength { get; init; }

    public int KeyLength { get; init; }

    public int HeadWidth { get; init; }

    /// <summary>Factor of Q·Kᵀ.</summary>
    public double Scale { get; init; }

    /// <summary>Whether there is a window; else every key is seen.</summary>
    public bool HasWindow { get; init; }

    public WindowGeometry Window { get; init; }

    /// <summary>Whether <see cref="Output"/> sees the window's keys only; else it sees all, those of the window first.</summary>
    public bool WindowOnly { get; init; }

    /// <summary>The keys that take part, in order, [B][<see cref="KeyLength"/>]; a null pointer where all do.</summary>
    public int* TakenKeys { get; init; }

    /// <summary>How many of the keys before each take part, [B][<see cref="KeyLength"/> + 1]; null where <see cref="TakenKeys"/> is.</summary>
    public int* TakenBefore { get; init; }

    /// <summary>The head of keys and values, 0 to G − 1, that a head of queries meets.</summary>
    public int GroupOf(int head) => (int)((long)head * Groups / Heads);

    /// <summary>How many keys of a sample take part.</summary>
    public int CountKeys(int batch) => TakenBefore == null ? KeyLength : TakenBefore[(batch * (KeyLength + 1L)) + KeyLength];

    /// <summary>Position of a key among those that take part, or of the first of them behind it.</summary>
    public int Position(int batch, int key) => TakenBefore == null ? key : TakenBefore[(batch * (KeyLength + 1L)) + key];

    /// <summary>The key at a position among those that take part.</summary>
    public int KeyAt(int batch, int position) => TakenKeys == null ? position : TakenKeys[(batch * (long)KeyLength) + position];
}
