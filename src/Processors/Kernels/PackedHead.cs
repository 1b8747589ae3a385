using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// Keys and values of one head as <see cref="Panel{TUnit,TVector}"/> reads them, in memory of one thread. Packing costs a few
/// percent where a head has few tiles of queries and less where it has many, and lets keys and values come with any strides, in any element type
/// and with gaps: rows of a packed projection lie kilobytes apart, each on a page of its own.
/// </summary>
internal sealed unsafe class PackedHead
{
    /// <summary>Rows of a group.</summary>
    public const int Rows = 8;

    private readonly AlignedFloats _memory = new();
    private readonly AlignedFloats _rows = new();
    private float* _read;
    private int _batch;
    private int _head;
    private int _from;
    private int _to;

    /// <summary>Keys, [Lk / 8][D][8]; zeros behind the last one.</summary>
    public float* Keys { get; private set; }

    /// <summary>Values, [D / 8][Lk][8]; zeros behind the last column.</summary>
    public float* Values { get; private set; }

    /// <summary>Floats from one group of values to the next.</summary>
    public nint ValueGroupStride { get; private set; }

    /// <summary>Forgets what was packed: the next problem has other tensors.</summary>
    public void Begin(in AttentionProblem problem)
    {
        var keys = RoundUp(problem.KeyLength);
        ValueGroupStride = (nint)keys * Rows;
        var keyFloats = (nint)keys * problem.HeadWidth;
        Keys = _memory.Reserve(keyFloats + ((nint)keys * RoundUp(problem.HeadWidth)));
        Values = Keys + keyFloats;
        _read = _rows.Reserve(2 * Rows * problem.HeadWidth);
        (_from, _to) = (0, 0);
        (_batch, _head) = (-1, -1);
    }

    /// <summary>Packs the keys at positions [from, to) of a head unless they are packed already.</summary>
    /// <param name="problem">The call.</param>
    /// <param name="batch">The sample.</param>
    /// <param name="head">The head of keys and values, 0 to G − 1.</param>
    /// <param name="from">First position among the keys that take part.</param>
    /// <param name="to">The position behind the last.</param>
    public void Ensure<TUnit, TVector>(in AttentionProblem problem, int batch, int head, int from, int to)
        where TUnit : struct, IVectorUnit<TVector>
        where TVector : struct
    {
        var keys = problem.CountKeys(batch);
        from = from / Rows * Rows;
        to = Math.Min(RoundUp(to), RoundUp(keys));
        if (batch != _batch || head != _head || from > _to || to < _from)
        {
            (_batch, _head) = (batch, head);
            (_from, _to) = (from, from);
        }

        if (from < _from)
        {
            Pack<TUnit, TVector>(problem, keys, from, _from);
            _from = from;
        }

        if (to > _to)
        {
            Pack<TUnit, TVector>(problem, keys, _to, to);
            _to = to;
        }
    }

    private void Pack<TUnit, TVector>(in AttentionProblem problem, int keys, int from, int to)
        where TUnit : struct, IVectorUnit<TVector>
        where TVector : struct
    {
        var width = problem.HeadWidth;
        var inPlace = problem.Type == ElementType.Float32 && problem.TakenKeys == null;
        var ahead = width * Elements.SizeOf(problem.Type);
        for (var key = from; key < to; key += Rows)
        {
            var rows = Math.Min(Rows, keys - key);
            var keySource = _read;
            var valueSource = _read + (Rows * width);
            var (keyStride, valueStride) = ((nint)width, (nint)width);
            if (inPlace)
            {
                keySource = (float*)problem.Key.Row(_batch, _head, key);
                valueSource = (float*)problem.Value.Row(_batch, _head, key);
                (keyStride, valueStride) = (problem.Key.RowStride / sizeof(float), problem.Value.RowStride / sizeof(float));
                for (var row = key + (2 * Rows); row < Math.Min(keys, key + (3 * Rows)); row++)
                {
                    Elements.Prefetch(problem.Key.Row(_batch, _head, row), ahead);
                    Elements.Prefetch(problem.Value.Row(_batch, _head, row), ahead);
                }
            }
            else
            {
                for (var row = 0; row < rows; row++)
                {
                    var index = problem.KeyAt(_batch, key + row);
                    Elements.Read(problem.Key.Row(_batch, _head, index), problem.Type, width, keySource + (row * width));
                    Elements.Read(problem.Value.Row(_batch, _head, index), problem.Type, width, valueSource + (row * width));
                }
            }

            PackKeys<TUnit, TVector>(keySource, keyStride, rows, width, Keys + ((nint)key * width));
            PackValues(valueSource, valueStride, rows, width, Values + ((nint)key * Rows));
        }
    }

    // Rows of [D] to [D][8].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackKeys<TUnit, TVector>(float* source, nint stride, int rows, int width, float* target)
        where TUnit : struct, IVectorUnit<TVector>
        where TVector : struct
    {
        var d = 0;
        if (rows == Rows)
        {
            for (; d <= width - Rows; d += Rows)
            {
                TUnit.Transpose8x8(source + d, stride, target + (d * Rows), Rows);
            }
        }

        for (; d < width; d++)
        {
            for (var row = 0; row < Rows; row++)
            {
                target[(d * Rows) + row] = row < rows ? source[(row * stride) + d] : 0;
            }
        }
    }

    // Rows of [D] to [D / 8] groups of [8].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackValues(float* source, nint stride, int rows, int width, float* target)
    {
        var d = 0;
        for (; d <= width - Rows; d += Rows, target += ValueGroupStride)
        {
            for (var row = 0; row < rows; row++)
            {
                Vector256.Store(Vector256.Load(source + (row * stride) + d), target + (row * Rows));
            }
        }

        if (d < width)
        {
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < Rows; column++)
                {
                    target[(row * Rows) + column] = d + column < width ? source[(row * stride) + d + column] : 0;
                }
            }
        }
    }

    private static int RoundUp(int count) => (count + Rows - 1) / Rows * Rows;
}
