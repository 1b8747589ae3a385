using System.Numerics;
using System.Runtime.CompilerServices;

namespace DiTFastAttn.Models;

/// <summary>bfloat16, the upper half of a float, to and from float.</summary>
internal static class BFloat16Vectors
{
    /// <summary>Exact.</summary>
    /// <param name="from">Bits of bfloat16.</param>
    /// <param name="to">As many floats.</param>
    public static void Widen(ReadOnlySpan<ushort> from, Span<float> to)
    {
        var i = 0;
        for (; i <= from.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(from[i..]), out var lower, out var upper);
            Vector.AsVectorSingle(Vector.ShiftLeft(lower, 16)).CopyTo(to[i..]);
            Vector.AsVectorSingle(Vector.ShiftLeft(upper, 16)).CopyTo(to[(i + Vector<float>.Count)..]);
        }

        for (; i < from.Length; i++)
        {
            to[i] = BitConverter.UInt32BitsToSingle((uint)from[i] << 16);
        }
    }

    /// <summary>Rounds to the nearest, ties to even; NaN stays NaN.</summary>
    /// <param name="from">Floats.</param>
    /// <param name="to">As many bits of bfloat16.</param>
    public static void Narrow(ReadOnlySpan<float> from, Span<ushort> to)
    {
        var i = 0;
        for (; i <= from.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Narrow(Round(new Vector<float>(from[i..])), Round(new Vector<float>(from[(i + Vector<float>.Count)..]))).CopyTo(to[i..]);
        }

        for (; i < from.Length; i++)
        {
            to[i] = (ushort)Round(new Vector<float>(from[i]))[0];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Round(Vector<float> value)
    {
        var bits = Vector.AsVectorUInt32(value);
        var half = new Vector<uint>(0x7FFF) + (Vector.ShiftRightLogical(bits, 16) & Vector<uint>.One);
        // NaN is the one value that is not itself.
        return Vector.ConditionalSelect(
            Vector.AsVectorUInt32(Vector.Equals(value, value)), Vector.ShiftRightLogical(bits + half, 16), new Vector<uint>(0x7FC0));
    }
}
