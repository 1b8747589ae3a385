using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>AVX-512 (F and DQ): 16 lanes, 32 registers, 8 × 3 accumulators.</summary>
internal readonly unsafe struct Avx512Unit : IVectorUnit<Vector512<float>>
{
    // VREDUCEPS immediate: no fraction bits kept (bits 7:4), round down (1), inexact suppressed (8): x − floor(x).
    private const byte FractionAboveFloor = 0x09;

    public static bool IsSupported => Avx512F.IsSupported && Avx512DQ.IsSupported && Avx2.IsSupported;

    public static int Lanes => 16;

    public static int PanelRows => 8;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector512<float> value) => Vector512.Store(value, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> left, Vector512<float> right) => Avx512F.Add(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> left, Vector512<float> right) => Avx512F.Subtract(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> left, Vector512<float> right) => Avx512F.Multiply(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> left, Vector512<float> right) => Avx512F.Divide(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> left, Vector512<float> right, Vector512<float> addend) =>
        Avx512F.FusedMultiplyAdd(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Max(Vector512<float> left, Vector512<float> right) => Avx512F.Max(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp2(Vector512<float> x)
    {
        var fraction = Avx512DQ.Reduce(x, FractionAboveFloor);
        var p = Vector512.Create(Exp2Polynomial.C5);
        p = Avx512F.FusedMultiplyAdd(p, fraction, Vector512.Create(Exp2Polynomial.C4));
        p = Avx512F.FusedMultiplyAdd(p, fraction, Vector512.Create(Exp2Polynomial.C3));
        p = Avx512F.FusedMultiplyAdd(p, fraction, Vector512.Create(Exp2Polynomial.C2));
        p = Avx512F.FusedMultiplyAdd(p, fraction, Vector512.Create(Exp2Polynomial.C1));
        p = Avx512F.FusedMultiplyAdd(p, fraction, Vector512<float>.One);
        // VSCALEFPS multiplies by 2^floor(x), gives 0 at −∞ and keeps NaN: no clamping.
        return Avx512F.Scale(p, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SelectWithin(
        Vector512<float> distance, Vector512<float> limit, Vector512<float> inside, Vector512<float> outside) =>
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(Vector512.Abs(distance), limit), inside, outside);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose8x8(float* source, nint sourceStride, float* target, nint targetStride) =>
        Avx2Unit.Transpose8x8(source, sourceStride, target, targetStride);
}
