using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Tests;

/// <summary>Attention of any case in float64, pair by pair, as the definition says it.</summary>
internal sealed class AttentionOracle
{
    private readonly AttentionCase _case;
    private readonly WindowExtent _frames;
    private readonly WindowExtent _rows;
    private readonly WindowExtent _columns;
    private readonly float[] _query;
    private readonly float[] _key;
    private readonly float[] _value;
    private readonly bool[]? _taken;
    private readonly double _scale;

    public AttentionOracle(AttentionCase @case, in AttentionInput input)
    {
        _case = @case;
        var window = AttentionWindow.Parse(@case.Window);
        Axes = window.Axes;
        (_frames, _rows, _columns) = (window.Frames, window.Rows, window.Columns);
        _query = AttentionReference.Floats(input.Query.to(torch.ScalarType.Float32));
        _key = AttentionReference.Floats(input.Key.to(torch.ScalarType.Float32));
        _value = AttentionReference.Floats(input.Value.to(torch.ScalarType.Float32));
        _taken = input.KeyMask?.data<bool>().ToArray();
        _scale = input.Scale ?? (1 / Math.Sqrt(@case.HeadWidth));
    }

    private int Axes { get; }

    /// <summary>[B, H, Lq, D]</summary>
    public double[] Attend(bool inWindow)
    {
        var c = _case;
        var result = new double[c.Batch * c.Heads * c.Queries * c.HeadWidth];
        var weights = new double[c.Keys];
        for (var batch = 0; batch < c.Batch; batch++)
        {
            for (var head = 0; head < c.Heads; head++)
            {
                for (var i = 0; i < c.Queries; i++)
                {
                    var query = ((((batch * c.Heads) + head) * c.Queries) + i) * c.HeadWidth;
                    var group = ((batch * c.Groups) + (head / c.HeadsPerGroup)) * c.Keys * c.HeadWidth;
                    Weigh(batch, i, query, group, inWindow, weights);
                    for (var j = 0; j < c.Keys; j++)
                    {
                        for (var d = 0; weights[j] != 0 && d < c.HeadWidth; d++)
                        {
                            result[query + d] += weights[j] * _value[group + (j * c.HeadWidth) + d];
                        }
                    }
                }
            }
        }

        return result;
    }

    private void Weigh(int batch, int i, int query, int group, bool inWindow, double[] weights)
    {
        var max = double.NegativeInfinity;
        for (var j = 0; j < weights.Length; j++)
        {
            weights[j] = double.NegativeInfinity;
            if (_taken?[(batch * weights.Length) + j] != false && (!_case.IsCausal || j <= i) && (!inWindow || Sees(i, j)))
            {
                double dot = 0;
                for (var d = 0; d < _case.HeadWidth; d++)
                {
                    dot += (double)_query[query + d] * _key[group + (j * _case.HeadWidth) + d];
                }

                max = Math.Max(max, weights[j] = dot * _scale);
            }
        }

        double sum = 0;
        for (var j = 0; j < weights.Length; j++)
        {
            sum += weights[j] = double.IsNegativeInfinity(weights[j]) ? 0 : Math.Exp(weights[j] - max);
        }

        for (var j = 0; j < weights.Length; j++)
        {
            // A query that sees no key gets zeros.
            weights[j] = sum == 0 ? 0 : weights[j] / sum;
        }
    }

    private bool Sees(int query, int key)
    {
        var grid = _case.Queries - _case.Text;
        var start = _case.TextFirst ? _case.Text : 0;
        var (i, j) = (query - start, key - start);
        if (i < 0 || i >= grid || j < 0 || j >= grid)
        {
            return true;
        }

        if (Axes == 1)
        {
            return Within(_columns, j - i, grid);
        }

        var (columns, rows) = (_case.Columns, _case.Rows);
        return Within(_columns, (j % columns) - (i % columns), columns)
            && Within(_rows, (j / columns % rows) - (i / columns % rows), rows)
            && Within(_frames, (j / columns / rows) - (i / columns / rows), _case.Frames);
    }

    private static bool Within(WindowExtent extent, int ahead, int length) => ahead >= -extent.Before.Resolve(length) && ahead <= extent.After.Resolve(length);
}
