using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>Rows of elements to and from float32.</summary>
internal static unsafe class Elements
{
    public static int SizeOf(ElementType type) => type == ElementType.Float32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Reads a row.</summary>
    public static void Read(byte* source, ElementType type, int count, float* target)
    {
        switch (type)
        {
            case ElementType.BFloat16:
                ReadBFloat16((ushort*)source, count, target);
                break;
            case ElementType.Float16:
                TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(source, count), new Span<float>(target, count));
                break;
            default:
                new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(target, count));
                break;
        }
    }

    /// <summary>Writes a row, rounded to the nearest element, ties to even.</summary>
    public static void Write(float* source, int count, ElementType type, byte* target)
    {
        switch (type)
        {
            case ElementType.BFloat16:
                WriteBFloat16(source, count, (ushort*)target);
                break;
            case ElementType.Float16:
                TensorPrimitives.ConvertToHalf(new ReadOnlySpan<float>(source, count), new Span<Half>(target, count));
                break;
            default:
                new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(target, count));
                break;
        }
    }

    /// <summary>Brings a row nearer, ahead of its use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* row, int bytes)
    {
        if (Sse.IsSupported)
        {
            for (var offset = 0; offset < bytes; offset += 64)
            {
                Sse.Prefetch0(row + offset);
            }
        }
    }

    /// <summary>Brings a row to the second cache, long ahead of its use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchToSecondCache(byte* row, int bytes)
    {
        if (Sse.IsSupported)
        {
            for (var offset = 0; offset < bytes; offset += 64)
            {
                Sse.Prefetch1(row + offset);
            }
        }
    }

    // A bfloat16 is the upper half of a float.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ReadBFloat16(ushort* source, int count, float* target)
    {
        var i = 0;
        for (; i <= count - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var (lower, upper) = Vector256.Widen(Vector256.Load(source + i));
            Vector256.Store((lower << 16).AsSingle(), target + i);
            Vector256.Store((upper << 16).AsSingle(), target + i + Vector256<float>.Count);
        }

        for (; i < count; i++)
        {
            target[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteBFloat16(float* source, int count, ushort* target)
    {
        var i = 0;
        for (; i <= count - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            Vector256.Store(Vector256.Narrow(Round(source + i), Round(source + i + Vector256<float>.Count)), target + i);
        }

        for (; i < count; i++)
        {
            var bits = BitConverter.SingleToUInt32Bits(source[i]);
            target[i] = (ushort)(float.IsNaN(source[i]) ? 0x7FC0 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }

        static Vector256<uint> Round(float* from)
        {
            var value = Vector256.Load(from);
            var bits = value.AsUInt32();
            var rounded = (bits + Vector256.Create(0x7FFFu) + ((bits >> 16) & Vector256<uint>.One)) >> 16;
            return Vector256.ConditionalSelect(Vector256.IsNaN(value).AsUInt32(), Vector256.Create(0x7FC0u), rounded);
        }
    }
}
