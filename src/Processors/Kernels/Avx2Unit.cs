using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>AVX2 with FMA: 8 lanes, 16 registers, 4 × 3 accumulators.</summary>
internal readonly unsafe struct Avx2Unit : IVectorUnit<Vector256<float>>
{
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int Lanes => 8;

    public static int PanelRows => 4;

    public static Vector256<float> Zero => Vector256<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector256<float> value) => Vector256.Store(value, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> left, Vector256<float> right) => Avx.Add(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Subtract(Vector256<float> left, Vector256<float> right) => Avx.Subtract(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> left, Vector256<float> right) => Avx.Multiply(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Divide(Vector256<float> left, Vector256<float> right) => Avx.Divide(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> left, Vector256<float> right, Vector256<float> addend) =>
        Fma.MultiplyAdd(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Max(Vector256<float> left, Vector256<float> right) => Avx.Max(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp2(Vector256<float> x)
    {
        // Below 2^−126 there is no normal number: those lanes are computed at the limit and cleared at the end.
        var lowest = Vector256.Create(-126f);
        // VMAXPS returns its second operand when one is NaN: NaN goes on.
        var bounded = Avx.Max(lowest, x);
        var floor = Avx.RoundToNegativeInfinity(bounded);
        var fraction = Avx.Subtract(bounded, floor);
        var p = Vector256.Create(Exp2Polynomial.C5);
        p = Fma.MultiplyAdd(p, fraction, Vector256.Create(Exp2Polynomial.C4));
        p = Fma.MultiplyAdd(p, fraction, Vector256.Create(Exp2Polynomial.C3));
        p = Fma.MultiplyAdd(p, fraction, Vector256.Create(Exp2Polynomial.C2));
        p = Fma.MultiplyAdd(p, fraction, Vector256.Create(Exp2Polynomial.C1));
        p = Fma.MultiplyAdd(p, fraction, Vector256<float>.One);
        // Adds floor(x) to the exponent; NaN converts to int.MinValue, whose shift is 0.
        var exponent = Avx2.ShiftLeftLogical(Avx.ConvertToVector256Int32WithTruncation(floor), 23);
        var power = Avx2.Add(p.AsInt32(), exponent).AsSingle();
        return Avx.AndNot(Avx.CompareLessThan(x, lowest), power);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SelectWithin(
        Vector256<float> distance, Vector256<float> limit, Vector256<float> inside, Vector256<float> outside) =>
        Vector256.ConditionalSelect(Vector256.LessThanOrEqual(Vector256.Abs(distance), limit), inside, outside);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose8x8(float* source, nint sourceStride, float* target, nint targetStride)
    {
        // Rows r and r+4 share a register; the upper half is inserted from memory, which needs no shuffle port.
        var a0 = Pair(source, source + (4 * sourceStride));
        var a1 = Pair(source + sourceStride, source + (5 * sourceStride));
        var a2 = Pair(source + (2 * sourceStride), source + (6 * sourceStride));
        var a3 = Pair(source + (3 * sourceStride), source + (7 * sourceStride));
        var b0 = Pair(source + 4, source + (4 * sourceStride) + 4);
        var b1 = Pair(source + sourceStride + 4, source + (5 * sourceStride) + 4);
        var b2 = Pair(source + (2 * sourceStride) + 4, source + (6 * sourceStride) + 4);
        var b3 = Pair(source + (3 * sourceStride) + 4, source + (7 * sourceStride) + 4);
        Transpose4x4Pairs(a0, a1, a2, a3, target, targetStride);
        Transpose4x4Pairs(b0, b1, b2, b3, target + (4 * targetStride), targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pair(float* lower, float* upper) =>
        Vector256.Create(Vector128.Load(lower), Vector128.Load(upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4Pairs(
        Vector256<float> r0, Vector256<float> r1, Vector256<float> r2, Vector256<float> r3, float* target, nint targetStride)
    {
        var low01 = Avx.UnpackLow(r0, r1).AsDouble();
        var high01 = Avx.UnpackHigh(r0, r1).AsDouble();
        var low23 = Avx.UnpackLow(r2, r3).AsDouble();
        var high23 = Avx.UnpackHigh(r2, r3).AsDouble();
        Vector256.Store(Avx.UnpackLow(low01, low23).AsSingle(), target);
        Vector256.Store(Avx.UnpackHigh(low01, low23).AsSingle(), target + targetStride);
        Vector256.Store(Avx.UnpackLow(high01, high23).AsSingle(), target + (2 * targetStride));
        Vector256.Store(Avx.UnpackHigh(high01, high23).AsSingle(), target + (3 * targetStride));
    }
}
