using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Tests;

/// <summary>Attention as its definition says it, in float64, for chosen queries of tensors <c>[B, H, L, D]</c>.</summary>
internal sealed class AttentionReference
{
    private readonly Dictionary<int, double[]> _windows = [];
    private readonly float[] _value;
    private readonly int _queryLength;
    private readonly int _keyLength;
    private readonly int _width;
    private readonly int _heads;

    // [B·H, chosen queries, Lk]
    private readonly double[] _scores;

    public AttentionReference(Inputs inputs)
    {
        _value = Floats(inputs.Value);
        _heads = (int)(inputs.Query.size(0) * inputs.Query.size(1));
        _queryLength = (int)inputs.Query.size(2);
        _keyLength = (int)inputs.Key.size(2);
        _width = (int)inputs.Query.size(3);
        // All queries of a short sequence; else the ends, the seams of tiles and some in between.
        Queries = _queryLength <= 50
            ? [.. Enumerable.Range(0, _queryLength)]
            : [.. new[] { 0, 1, 15, 16, 23, 24, 47, 48, 49, _queryLength / 3, (2 * _queryLength / 3) + 1, _queryLength - 17, _queryLength - 2, _queryLength - 1 }
                .Distinct().Order()];
        _scores = Scores(Floats(inputs.Query), Floats(inputs.Key));
    }

    /// <summary>The queries that are compared.</summary>
    public int[] Queries { get; }

    public static float[] Floats(torch.Tensor tensor)
    {
        using var contiguous = tensor.contiguous();
        return MemoryMarshal.Cast<byte, float>(contiguous.bytes).ToArray();
    }

    /// <summary>‖actual − expected‖ / ‖scale‖, NaN where anything is NaN.</summary>
    public static double RelativeError(float[] actual, double[] expected, double[] scale)
    {
        actual.Length.ShouldBe(expected.Length);
        double error = 0;
        for (var i = 0; i < actual.Length; i++)
        {
            error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
        }

        return error == 0 ? 0 : Math.Sqrt(error / scale.Sum(x => x * x));
    }

    /// <summary>Every key: [B·H, chosen queries, D].</summary>
    public double[] Attend() => Attend(_queryLength + _keyLength);

    /// <summary>The keys within a window: [B·H, chosen queries, D].</summary>
    public double[] Attend(int window)
    {
        if (_windows.TryGetValue(window, out var known))
        {
            return known;
        }

        var result = new double[_heads * Queries.Length * _width];
        for (var row = 0; row < _heads * Queries.Length; row++)
        {
            Attend(row, window, result.AsSpan(row * _width, _width));
        }

        return _windows[window] = result;
    }

    /// <summary>The chosen queries of a result <c>[B, H, L, D]</c>.</summary>
    public float[] Chosen(torch.Tensor result)
    {
        var all = Floats(result);
        var chosen = new float[_heads * Queries.Length * _width];
        for (var row = 0; row < _heads * Queries.Length; row++)
        {
            all.AsSpan(QueryOf(row) * _width, _width).CopyTo(chosen.AsSpan(row * _width));
        }

        return chosen;
    }

    private int QueryOf(int row) => (row / Queries.Length * _queryLength) + Queries[row % Queries.Length];

    // Optimised also in debug builds: it is most of the tests' time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double[] Scores(float[] queries, float[] keys)
    {
        var scores = new double[_heads * Queries.Length * _keyLength];
        for (var row = 0; row < _heads * Queries.Length; row++)
        {
            var query = queries.AsSpan(QueryOf(row) * _width, _width);
            for (var j = 0; j < _keyLength; j++)
            {
                var key = keys.AsSpan(((row / Queries.Length * _keyLength) + j) * _width, _width);
                double dot = 0;
                for (var d = 0; d < query.Length; d++)
                {
                    dot += (double)query[d] * key[d];
                }

                scores[(row * _keyLength) + j] = dot / Math.Sqrt(_width);
            }
        }

        return scores;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Attend(int row, int window, Span<double> result)
    {
        var i = Queries[row % Queries.Length];
        var first = Math.Max(0, i - window);
        var end = Math.Min(_keyLength, i + window + 1);
        var scores = _scores.AsSpan(row * _keyLength, _keyLength);
        var max = double.NegativeInfinity;
        for (var j = first; j < end; j++)
        {
            max = Math.Max(max, scores[j]);
        }

        double sum = 0;
        for (var j = first; j < end; j++)
        {
            var weight = Math.Exp(scores[j] - max);
            sum += weight;
            var value = _value.AsSpan(((row / Queries.Length * _keyLength) + j) * _width, _width);
            for (var d = 0; d < value.Length; d++)
            {
                result[d] += weight * value[d];
            }
        }

        for (var d = 0; d < result.Length; d++)
        {
            result[d] /= sum;
        }
    }
}
