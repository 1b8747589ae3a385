using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.DiT;

/// <summary>
/// <see cref="GeluTanh"/> in one pass over memory, float32 and bfloat16 (computed in float32) on the CPU: the hidden layer of the feed-forward is the largest
/// tensor of a block, and five passes over it cost more than the matrix products around it.
/// </summary>
internal static class GeluTanhCpu
{
    private const int Chunk = 1 << 17;

    // −2u·log₂e, so that σ(2u) = 1/(1 + 2^t).
    private const float Linear = (float)(-GeluTanh.Linear * 1.4426950408889634);
    private const float Cubic = (float)(-GeluTanh.Cubic * 1.4426950408889634);

    // Slope of 2u: Linear + 3·Cubic·x².
    private const float SlopeConstant = (float)GeluTanh.Linear;
    private const float SlopeSquare = (float)(3 * GeluTanh.Cubic);

    // Floats of a piece of bfloat16 at work: it stays in the nearest cache.
    private const int Piece = 2048;

    public static bool Supports(Tensor x, bool withSlope) => x.device_type == DeviceType.CPU && x.is_contiguous()
        && (x.dtype == ScalarType.Float32 || (x.dtype == ScalarType.BFloat16 && !withSlope));

    /// <summary>Replaces the values by their activation.</summary>
    public static void Overwrite(Tensor x)
    {
        using var values = x.detach();
        using var flat = values.view(-1);
        if (x.dtype == ScalarType.Float32)
        {
            Run(flat, flat, slopes: null);
        }
        else
        {
            ForChunks(flat.numel(), (begin, length) =>
            {
                using var chunk = flat.narrow(0, begin, length);
                Overwrite(MemoryMarshal.Cast<byte, ushort>(chunk.bytes));
            });
        }
    }

    /// <summary>The activation and its derivative; the caller owns both.</summary>
    public static (Tensor Value, Tensor Slope) ValueAndSlope(Tensor x)
    {
        var (value, slope) = (empty_like(x), empty_like(x));
        using var from = x.view(-1);
        using var to = value.view(-1);
        using var slopes = slope.view(-1);
        Run(from, to, slopes);
        return (value, slope);
    }

    private static void Run(Tensor from, Tensor to, Tensor? slopes)
    {
        ForChunks(from.numel(), (begin, length) =>
        {
            using var source = from.narrow(0, begin, length);
            using var target = to.narrow(0, begin, length);
            using var slope = slopes?.narrow(0, begin, length);
            Run(Floats(source), Floats(target), slope is null ? [] : Floats(slope));
        });
    }

    private static void ForChunks(long elements, Action<long, long> compute)
        => Parallel.For(
            0,
            (elements + Chunk - 1) / Chunk,
            new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() },
            index => compute(index * Chunk, Math.Min(Chunk, elements - (index * Chunk))));

    private static void Overwrite(Span<ushort> values)
    {
        Span<float> piece = stackalloc float[Piece];
        for (var start = 0; start < values.Length; start += Piece)
        {
            var part = values.Slice(start, Math.Min(Piece, values.Length - start));
            var floats = piece[..part.Length];
            BFloat16Vectors.Widen(part, floats);
            Run(floats, floats, []);
            BFloat16Vectors.Narrow(floats, part);
        }
    }

    private static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private static void Run(ReadOnlySpan<float> from, Span<float> to, Span<float> slopes)
    {
        var width = Vector<float>.Count;
        var i = 0;
        for (; i <= from.Length - width; i += width)
        {
            var value = Compute(new Vector<float>(from[i..]), out var slope, !slopes.IsEmpty);
            value.CopyTo(to[i..]);
            if (!slopes.IsEmpty)
            {
                slope.CopyTo(slopes[i..]);
            }
        }

        if (i < from.Length)
        {
            // The rest, padded to one vector.
            Span<float> rest = stackalloc float[width];
            from[i..].CopyTo(rest);
            var value = Compute(new Vector<float>(rest), out var slope, !slopes.IsEmpty);
            value.CopyTo(rest);
            rest[..(from.Length - i)].CopyTo(to[i..]);
            if (!slopes.IsEmpty)
            {
                slope.CopyTo(rest);
                rest[..(from.Length - i)].CopyTo(slopes[i..]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Compute(Vector<float> x, out Vector<float> slope, bool needsSlope)
    {
        var square = x * x;
        var share = Vector<float>.One / (Vector<float>.One + VectorMath.PowerOfTwo(x * ((square * Cubic) + new Vector<float>(Linear))));
        var value = x * share;
        slope = needsSlope
            ? share + (value * (Vector<float>.One - share) * ((square * SlopeSquare) + new Vector<float>(SlopeConstant)))
            : default;
        return value;
    }
}
