namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// What a set of vector instructions has to offer to run <see cref="AttentionTile{TUnit,TVector}"/>. Implementations are empty
/// structs: the JIT compiles the tile once for each of them with every member inlined, so one source serves all instruction sets.
/// </summary>
/// <typeparam name="TVector">the register: <see cref="Lanes"/> floats, one query each</typeparam>
internal unsafe interface IVectorUnit<TVector>
    where TVector : struct
{
    /// <summary>Floats in a register.</summary>
    static abstract int Lanes { get; }

    /// <summary>
    /// Rows of a panel (4 or 8): rows × 3 accumulators, 3 vectors and one broadcast have to fit the register file.
    /// </summary>
    static abstract int PanelRows { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(float* target, TVector value);

    /// <summary>One float in all lanes.</summary>
    static abstract TVector Broadcast(float value);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    static abstract TVector Divide(TVector left, TVector right);

    /// <summary>left · right + addend, fused where the machine can.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    static abstract TVector Max(TVector left, TVector right);

    /// <summary>
    /// 2^x for x ≤ 0, relative error below 1.5e-7, exactly 1 at 0 (a running sum that is rescaled by it must not drift),
    /// 0 at −∞ and NaN at NaN.
    /// </summary>
    static abstract TVector Exp2(TVector x);

    /// <summary>|distance| ≤ limit ? inside : outside, lane by lane.</summary>
    static abstract TVector SelectWithin(TVector distance, TVector limit, TVector inside, TVector outside);

    /// <summary>Transposes an 8 × 8 block; strides in floats.</summary>
    static abstract void Transpose8x8(float* source, nint sourceStride, float* target, nint targetStride);
}
