using System.Numerics;
using System.Runtime.CompilerServices;

namespace DiTFastAttn.Models;

/// <summary>Functions that the vector types lack.</summary>
internal static class VectorMath
{
    /// <summary>2^t to 2e-7: a polynomial (Cephes' exp2f) on [−½, ½] and the exponent's bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> PowerOfTwo(Vector<float> t)
    {
        t = Vector.Min(Vector.Max(t, new Vector<float>(-126)), new Vector<float>(126));
        var whole = Vector.Round(t);
        var f = t - whole;
        var p = (f * 1.535336188319500e-4f) + new Vector<float>(1.339887440266574e-3f);
        p = (p * f) + new Vector<float>(9.618437357674640e-3f);
        p = (p * f) + new Vector<float>(5.550332471162809e-2f);
        p = (p * f) + new Vector<float>(2.402264791363012e-1f);
        p = (p * f) + new Vector<float>(6.931472028550421e-1f);
        p = (p * f) + Vector<float>.One;
        var exponent = Vector.ShiftLeft(Vector.ConvertToInt32(whole) + new Vector<int>(127), 23);
        return p * Vector.AsVectorSingle(exponent);
    }
}
