using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// No instruction set named: <see cref="Vector128"/>, which the runtime maps to what the machine has (NEON on ARM64, SSE on x86) or
/// computes in software.
/// </summary>
internal readonly unsafe struct PortableUnit : IVectorUnit<Vector128<float>>
{
    public static int Lanes => 4;

    // 4 × 3 accumulators: also x86 without AVX2 has only 16 registers.
    public static int PanelRows => 4;

    public static Vector128<float> Zero => Vector128<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector128<float> value) => Vector128.Store(value, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> left, Vector128<float> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Subtract(Vector128<float> left, Vector128<float> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> left, Vector128<float> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Divide(Vector128<float> left, Vector128<float> right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> left, Vector128<float> right, Vector128<float> addend) =>
        Vector128.MultiplyAddEstimate(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Max(Vector128<float> left, Vector128<float> right) => Vector128.MaxNative(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Exp2(Vector128<float> x)
    {
        var lowest = Vector128.Create(-126f);
        var below = Vector128.LessThan(x, lowest);
        var bounded = Vector128.ConditionalSelect(below, lowest, x);
        var floor = Vector128.Floor(bounded);
        var fraction = bounded - floor;
        var p = Vector128.Create(Exp2Polynomial.C5);
        p = MultiplyAdd(p, fraction, Vector128.Create(Exp2Polynomial.C4));
        p = MultiplyAdd(p, fraction, Vector128.Create(Exp2Polynomial.C3));
        p = MultiplyAdd(p, fraction, Vector128.Create(Exp2Polynomial.C2));
        p = MultiplyAdd(p, fraction, Vector128.Create(Exp2Polynomial.C1));
        p = MultiplyAdd(p, fraction, Vector128<float>.One);
        // The power is built apart and multiplied, so that NaN in p stays NaN whatever the conversion makes of it.
        var power = (Vector128.ConvertToInt32(floor) + Vector128.Create(127)) << 23;
        return Vector128.AndNot(p * power.AsSingle(), below);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SelectWithin(
        Vector128<float> distance, Vector128<float> limit, Vector128<float> inside, Vector128<float> outside) =>
        Vector128.ConditionalSelect(Vector128.LessThanOrEqual(Vector128.Abs(distance), limit), inside, outside);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose8x8(float* source, nint sourceStride, float* target, nint targetStride)
    {
        for (var row = 0; row < 8; row++)
        {
            for (var column = 0; column < 8; column++)
            {
                target[(column * targetStride) + row] = source[(row * sourceStride) + column];
            }
        }
    }
}
