using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.DiT;

/// <summary>
/// <see cref="AdaLNZero.Modulate"/> in one pass over memory, float32 and bfloat16 (computed in float32, rounded once) on the CPU. Layer norm of bfloat16 in
/// libtorch 1.13 takes half the time of the projection behind it.
/// </summary>
internal static class ModulatedNormCpu
{
    private const int ChunkRows = 64;

    /// <summary>Whether these tensors are served: no gradient, tokens that lie one behind the other, one shift and scale a sample or for all.</summary>
    public static bool Supports(Tensor x, Tensor shift, Tensor scale)
        => x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16 && x.is_contiguous() && x.numel() > 0
            && FitsTokens(shift, x) && FitsTokens(scale, x)
            && !AdaLNZero.RecordsGradient(x) && !AdaLNZero.RecordsGradient(shift) && !AdaLNZero.RecordsGradient(scale);

    /// <summary>LN(x)·(1 + scale) + shift.</summary>
    /// <param name="x">Tokens <c>[B, L, d]</c></param>
    /// <param name="shift"><c>[B or 1, 1, d]</c></param>
    /// <param name="scale"><c>[B or 1, 1, d]</c></param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>Tokens <c>[B, L, d]</c>, owned by the caller.</returns>
    public static Tensor Apply(Tensor x, Tensor shift, Tensor scale, double epsilon)
    {
        var (batch, tokens, width) = (x.shape[0], x.shape[1], (int)x.shape[2]);
        var result = empty_like(x);
        using var source = x.view(batch * tokens, width);
        using var target = result.view(batch * tokens, width);
        var (shifts, scales) = (Floats(shift), Floats(scale));
        Parallel.For(
            0,
            ((batch * tokens) + ChunkRows - 1) / ChunkRows,
            new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() },
            chunk =>
            {
                var first = chunk * ChunkRows;
                var rows = Math.Min(ChunkRows, (batch * tokens) - first);
                using var from = source.narrow(0, first, rows);
                using var to = target.narrow(0, first, rows);
                var input = from.bytes;
                var output = to.bytes;
                var work = new float[width];
                for (var row = 0; row < rows; row++)
                {
                    var sample = (int)((first + row) / tokens);
                    Apply(input, output, row, x.dtype, work, Of(shifts, sample, width), Of(scales, sample, width), (float)epsilon);
                }
            });
        return result;
    }

    private static bool FitsTokens(Tensor parameter, Tensor x)
        => x.dim() == 3 && parameter.dim() == 3 && parameter.dtype == x.dtype && parameter.device_type == DeviceType.CPU
            && (parameter.shape[0] == x.shape[0] || parameter.shape[0] == 1) && parameter.shape[1] == 1 && parameter.shape[2] == x.shape[2];

    private static float[] Floats(Tensor parameter)
    {
        using var floats = parameter.to(ScalarType.Float32);
        using var rows = floats.contiguous();
        return rows.data<float>().ToArray();
    }

    private static ReadOnlySpan<float> Of(float[] parameters, int sample, int width)
        => parameters.AsSpan(parameters.Length == width ? 0 : sample * width, width);

    private static void Apply(
        ReadOnlySpan<byte> from, Span<byte> to, int row, ScalarType type, Span<float> work, ReadOnlySpan<float> shift, ReadOnlySpan<float> scale, float epsilon)
    {
        var width = work.Length;
        if (type == ScalarType.Float32)
        {
            Normalise(MemoryMarshal.Cast<byte, float>(from).Slice(row * width, width), MemoryMarshal.Cast<byte, float>(to).Slice(row * width, width), shift, scale, epsilon);
            return;
        }

        BFloat16Vectors.Widen(MemoryMarshal.Cast<byte, ushort>(from).Slice(row * width, width), work);
        Normalise(work, work, shift, scale, epsilon);
        BFloat16Vectors.Narrow(work, MemoryMarshal.Cast<byte, ushort>(to).Slice(row * width, width));
    }

    // The mean first, then the variance around it: sums of squares would lose what the mean is large against.
    private static void Normalise(ReadOnlySpan<float> x, Span<float> result, ReadOnlySpan<float> shift, ReadOnlySpan<float> scale, float epsilon)
    {
        var lanes = Vector<float>.Count;
        var whole = x.Length / lanes * lanes;
        var mean = Sum(x, whole) / x.Length;
        var middle = new Vector<float>(mean);
        var (even, odd) = (Vector<float>.Zero, Vector<float>.Zero);
        var i = 0;
        for (; i < whole - lanes; i += 2 * lanes)
        {
            var (a, b) = (new Vector<float>(x[i..]) - middle, new Vector<float>(x[(i + lanes)..]) - middle);
            even += a * a;
            odd += b * b;
        }

        if (i < whole)
        {
            var rest = new Vector<float>(x[i..]) - middle;
            even += rest * rest;
        }

        var squares = Vector.Sum(even + odd);
        for (i = whole; i < x.Length; i++)
        {
            squares += (x[i] - mean) * (x[i] - mean);
        }

        var factor = 1 / MathF.Sqrt((squares / x.Length) + epsilon);
        var factors = new Vector<float>(factor);
        for (i = 0; i < whole; i += lanes)
        {
            var normed = (new Vector<float>(x[i..]) - middle) * factors;
            ((normed * (new Vector<float>(scale[i..]) + Vector<float>.One)) + new Vector<float>(shift[i..])).CopyTo(result[i..]);
        }

        for (; i < x.Length; i++)
        {
            result[i] = ((x[i] - mean) * factor * (scale[i] + 1)) + shift[i];
        }
    }

    private static float Sum(ReadOnlySpan<float> x, int whole)
    {
        var lanes = Vector<float>.Count;
        var (even, odd) = (Vector<float>.Zero, Vector<float>.Zero);
        var i = 0;
        for (; i < whole - lanes; i += 2 * lanes)
        {
            even += new Vector<float>(x[i..]);
            odd += new Vector<float>(x[(i + lanes)..]);
        }

        if (i < whole)
        {
            even += new Vector<float>(x[i..]);
        }

        var sum = Vector.Sum(even + odd);
        for (i = whole; i < x.Length; i++)
        {
            sum += x[i];
        }

        return sum;
    }
}
