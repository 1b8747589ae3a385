using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Vae;

/// <summary>
/// Group normalisation and SiLU in one pass over memory that reads and one that writes, float32 on the CPU with the channels innermost. Torch's own
/// takes the variance as E[x²] − E[x]² there, which loses all digits on flat pictures; here it is taken about the mean of a few thousand values, and
/// those are combined in float64. Results do not depend on the number of threads.
/// </summary>
internal static class GroupNormCpu
{
    // Floats that are summed at a time: they stay in the second cache for the second look at them.
    private const int Chunk = 1 << 16;

    private const float MinusLog2E = -1.4426950408889634f;

    public static bool Supports(Tensor x)
    {
        if (x.device_type != DeviceType.CPU || x.dtype != ScalarType.Float32 || x.dim() != 4 || (x.requires_grad && is_grad_enabled()))
        {
            return false;
        }

        using var packed = x.permute(0, 2, 3, 1);
        return packed.is_contiguous();
    }

    /// <summary>Normalises, and applies SiLU where asked to.</summary>
    /// <param name="norm">Groups, weight and bias.</param>
    /// <param name="x"><c>[B, C, H, W]</c>, the channels innermost in memory.</param>
    /// <param name="result">Of the same shape and layout; may be <paramref name="x"/> itself.</param>
    /// <param name="withSilu">Whether x·σ(x) of the normalised values is taken.</param>
    public static void Run(GroupNorm norm, Tensor x, Tensor result, bool withSilu)
    {
        var (batch, channels, pixels, groups) = ((int)x.shape[0], (int)x.shape[1], x.shape[2] * x.shape[3], (int)norm.num_groups);
        using var source = Flat(x);
        using var target = Flat(result);
        var (weight, bias) = (Values(norm.weight), Values(norm.bias!));
        long atOnce = Math.Max(Chunk / channels, 1);
        var chunks = (int)((pixels + atOnce - 1) / atOnce);
        var parts = new Moments[batch * chunks * groups];
        ForEach(batch * chunks, index =>
        {
            using var part = Part(source, index);
            Measure(Floats(part), channels, parts.AsSpan(index * groups, groups));
        });

        // (x − m)·scale + shift: m is the mean as a float, and the shift has what it was rounded by, so that nothing is lost where all values are near it.
        var means = new float[batch * channels];
        var scales = new float[batch * channels];
        var shifts = new float[batch * channels];
        for (var sample = 0; sample < batch; sample++)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                var group = channel / (channels / groups);
                if (channel % (channels / groups) == 0)
                {
                    Combine(parts, sample, chunks, groups, group);
                }

                var (count, mean, squares) = parts[(sample * chunks * groups) + group];
                var scale = weight[channel] / Math.Sqrt((squares / count) + norm.eps);
                var at = (sample * channels) + channel;
                means[at] = (float)mean;
                scales[at] = (float)scale;
                shifts[at] = (float)(bias[channel] - ((mean - means[at]) * scale));
            }
        }

        ForEach(batch * chunks, index =>
        {
            using var from = Part(source, index);
            using var to = Part(target, index);
            var first = index / chunks * channels;
            Apply(Floats(from), Floats(to), means.AsSpan(first, channels), scales.AsSpan(first, channels), shifts.AsSpan(first, channels), withSilu);
        });

        Tensor Part(Tensor flat, int index)
        {
            var begin = index % chunks * atOnce;
            return flat.narrow(0, ((index / chunks * pixels) + begin) * channels, Math.Min(atOnce, pixels - begin) * channels);
        }
    }

    /// <summary>Number, mean and sum of squared distances from it, of each group of some pixels.</summary>
    private static void Measure(ReadOnlySpan<float> values, int channels, Span<Moments> groups)
    {
        var pixels = values.Length / channels;
        var sums = new float[3 * channels];
        var centre = sums.AsSpan(0, channels);
        var sum = sums.AsSpan(channels, channels);
        var squares = sums.AsSpan(2 * channels, channels);
        Sum(values, centre);
        for (var c = 0; c < channels; c++)
        {
            centre[c] /= pixels;
        }

        SumAbout(values, centre, sum, squares);
        var width = channels / groups.Length;
        for (var g = 0; g < groups.Length; g++)
        {
            groups[g] = default;
            for (var c = g * width; c < (g + 1) * width; c++)
            {
                var distance = (double)sum[c] / pixels;
                groups[g] = groups[g].With(new Moments(pixels, centre[c] + distance, squares[c] - (sum[c] * distance)));
            }
        }
    }

    private static void Combine(Moments[] parts, int sample, int chunks, int groups, int group)
    {
        var total = default(Moments);
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            total = total.With(parts[(((sample * chunks) + chunk) * groups) + group]);
        }

        parts[(sample * chunks * groups) + group] = total;
    }

    private static void Sum(ReadOnlySpan<float> values, Span<float> sums)
    {
        var total = Vectors(sums);
        for (; !values.IsEmpty; values = values[sums.Length..])
        {
            var row = Vectors(values[..sums.Length]);
            for (var i = 0; i < total.Length; i++)
            {
                total[i] += row[i];
            }

            for (var c = total.Length * Vector<float>.Count; c < sums.Length; c++)
            {
                sums[c] += values[c];
            }
        }
    }

    private static void SumAbout(ReadOnlySpan<float> values, ReadOnlySpan<float> centre, Span<float> sums, Span<float> squares)
    {
        var middle = Vectors(centre);
        var total = Vectors(sums);
        var square = Vectors(squares);
        for (; !values.IsEmpty; values = values[sums.Length..])
        {
            var row = Vectors(values[..sums.Length]);
            for (var i = 0; i < total.Length; i++)
            {
                var distance = row[i] - middle[i];
                total[i] += distance;
                square[i] += distance * distance;
            }

            for (var c = total.Length * Vector<float>.Count; c < sums.Length; c++)
            {
                var distance = values[c] - centre[c];
                sums[c] += distance;
                squares[c] += distance * distance;
            }
        }
    }

    private static void Apply(
        ReadOnlySpan<float> from, Span<float> to, ReadOnlySpan<float> means, ReadOnlySpan<float> scales, ReadOnlySpan<float> shifts, bool withSilu)
    {
        var channels = scales.Length;
        var mean = Vectors(means);
        var scale = Vectors(scales);
        var shift = Vectors(shifts);
        for (; !from.IsEmpty; from = from[channels..], to = to[channels..])
        {
            var row = Vectors(from[..channels]);
            var result = Vectors(to[..channels]);
            for (var i = 0; i < row.Length; i++)
            {
                result[i] = Activate(((row[i] - mean[i]) * scale[i]) + shift[i], withSilu);
            }

            for (var c = row.Length * Vector<float>.Count; c < channels; c++)
            {
                to[c] = Activate(new Vector<float>(((from[c] - means[c]) * scales[c]) + shifts[c]), withSilu)[0];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Activate(Vector<float> x, bool withSilu)
        => withSilu ? x / (Vector<float>.One + VectorMath.PowerOfTwo(x * MinusLog2E)) : x;

    private static void ForEach(int count, Action<int> compute)
        => Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, compute);

    private static Tensor Flat(Tensor x)
    {
        using var values = x.detach();
        using var packed = values.permute(0, 2, 3, 1); // [B, C, H, W] -> [B, H, W, C], as it lies
        return packed.view(-1);
    }

    private static float[] Values(Tensor parameter)
    {
        using var values = parameter.detach();
        return values.data<float>().ToArray();
    }

    private static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private static ReadOnlySpan<Vector<float>> Vectors(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);

    private static Span<Vector<float>> Vectors(Span<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);

    /// <summary>Number of values, their mean, and the sum of their squared distances from it.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Moments(double Count, double Mean, double Squares)
    {
        /// <summary>Both sets of values together (Chan, Golub and LeVeque 1979).</summary>
        public Moments With(Moments other)
        {
            var (count, distance) = (Count + other.Count, other.Mean - Mean);
            return new(count, Mean + (distance * other.Count / count), Squares + other.Squares + (distance * distance * Count * other.Count / count));
        }
    }
}
