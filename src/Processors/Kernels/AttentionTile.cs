using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// Attention of one tile of queries: three vectors of queries, one query a lane, everything transposed, softmax on line
/// (Milakov and Gimelshein 2018) over blocks of keys.
/// </summary>
/// <remarks>
/// Each tile is computed the same way whoever computes it, so results do not depend on the number of threads.
/// A hidden key gets the score −∞ and thereby weight 0; running maxima begin at the lowest finite float, so that
/// −∞ − maximum is never NaN. NaN in a query or key reaches every output of the queries that meet it, NaN in a value its column.
/// </remarks>
internal sealed unsafe class AttentionTile<TUnit, TVector> : ITileProgram
    where TUnit : struct, IVectorUnit<TVector>
    where TVector : struct
{
    // Scores of a block (128 keys × 48 queries × 4 bytes = 24 KiB) stay in the nearest caches; 64 to 256 measure alike.
    private const int KeyBlock = 128;

    private static int Width => 3 * TUnit.Lanes;

    /// <inheritdoc/>
    public int CountTiles(in AttentionProblem problem) =>
        checked(problem.Batch * problem.Heads * TilesPerHead(problem));

    /// <inheritdoc/>
    public int ScratchFloats(in AttentionProblem problem) =>
        Width * (problem.HeadWidth + (2 * PaddedWidth(problem)) + 3 + KeyBlock);

    /// <inheritdoc/>
    public void Compute(in AttentionProblem problem, int tile, TileWorkspace workspace)
    {
        var scratch = workspace.Scratch;
        var tiles = TilesPerHead(problem);
        var head = Math.DivRem(tile, tiles, out var tileOfHead);
        var batch = Math.DivRem(head, problem.Heads, out head);
        var first = tileOfHead * Width;
        var queries = Math.Min(Width, problem.QueryLength - first);
        var outputFloats = Width * PaddedWidth(problem);
        var output = scratch + (Width * problem.HeadWidth);
        var statistics = output + (2 * outputFloats);
        var state = new State
        {
            Keys = workspace.Head.Keys,
            Values = workspace.Head.Values,
            ValueGroupStride = workspace.Head.ValueGroupStride,
            HeadWidth = problem.HeadWidth,
            KeyLength = problem.KeyLength,
            Window = Math.Min(problem.Window, Math.Max(problem.QueryLength, problem.KeyLength)),
            First = first,
            Queries = queries,
            Vectors = (queries + TUnit.Lanes - 1) / TUnit.Lanes,
            Query = scratch,
            Output = output,
            Max = statistics,
            Sum = statistics + Width,
            Rescale = statistics + (2 * Width),
            Weights = statistics + (3 * Width),
        };
        var windowOutput = output + outputFloats;

        var reach = problem.WindowOnly ? state.Window : Math.Max(problem.QueryLength, problem.KeyLength);
        workspace.Head.Ensure<TUnit, TVector>(
            problem, batch, head, Math.Max(0, first - reach), Math.Min(problem.KeyLength, first + queries + reach));

        // exp(x / √D) = 2^(x · log2(e) / √D): the factor goes into the queries.
        var factor = (float)(Math.Log2(Math.E) / Math.Sqrt(problem.HeadWidth));
        TileTranspose<TUnit, TVector>.Load(
            problem.Query.Row(batch, head, first), problem.Query.RowStride, queries, problem.HeadWidth, factor, state.Query);
        new Span<float>(output, outputFloats).Clear();
        new Span<float>(state.Max, Width).Fill(float.MinValue);
        new Span<float>(state.Sum, Width).Clear();

        if (problem.Window == AttentionProblem.NoWindow)
        {
            Attend(state, 0, problem.KeyLength, 0, state.Vectors, Visibility.All);
        }
        else
        {
            AttendInside(state);
            if (!problem.Residual.IsNull)
            {
                // What has been summed so far is the window.
                new ReadOnlySpan<float>(output, outputFloats).CopyTo(new Span<float>(windowOutput, outputFloats));
                Normalise(state, windowOutput);
            }

            if (!problem.WindowOnly)
            {
                AttendOutside(state);
            }
        }

        Normalise(state, output);
        if (!problem.Residual.IsNull)
        {
            Subtract(state, windowOutput);
            TileTranspose<TUnit, TVector>.Store(
                windowOutput, problem.Residual.Row(batch, head, first), problem.Residual.RowStride, queries, problem.HeadWidth);
        }

        TileTranspose<TUnit, TVector>.Store(
            output, problem.Output.Row(batch, head, first), problem.Output.RowStride, queries, problem.HeadWidth);
    }

    private static int TilesPerHead(in AttentionProblem problem) => (problem.QueryLength + Width - 1) / Width;

    // Panels write whole groups of rows.
    private static int PaddedWidth(in AttentionProblem problem) => RoundUp(problem.HeadWidth);

    /// <summary>The keys that a query of the tile sees, hidden ones masked; only the vectors that see a key take part.</summary>
    private static void AttendInside(in State state)
    {
        var lanes = TUnit.Lanes;
        var key = Math.Max(0, state.First - state.Window);
        var end = Math.Min(state.KeyLength, state.First + state.Queries + state.Window);
        while (key < end)
        {
            // Vector v meets the keys from First + lanes·v − w to First + lanes·v + lanes − 1 + w.
            var from = Math.Max(0, CeilingDivide(key - state.Window - state.First - lanes + 1, lanes));
            var to = Math.Min(state.Vectors - 1, FloorDivide(key + state.Window - state.First, lanes));
            var next = state.First + (lanes * (from + 1)) + state.Window;
            if (to < state.Vectors - 1)
            {
                next = Math.Min(next, state.First + (lanes * (to + 1)) - state.Window);
            }

            next = Math.Min(next, end);
            Attend(state, key, next, from, to + 1, Visibility.Inside);
            key = next;
        }
    }

    /// <summary>The keys that <see cref="AttendInside"/> left out, masked the other way round.</summary>
    private static void AttendOutside(in State state)
    {
        var lanes = TUnit.Lanes;
        var key = 0;
        while (key < state.KeyLength)
        {
            // All lanes of vector v see the keys from First + lanes·v + lanes − 1 − w to First + lanes·v + w: nothing left to do there.
            var from = Math.Max(0, CeilingDivide(key - state.Window - state.First, lanes));
            var to = Math.Clamp(FloorDivide(key + state.Window - state.First - lanes + 1, lanes), -1, state.Vectors - 1);
            var next = state.KeyLength;
            if (from < state.Vectors)
            {
                next = Math.Min(next, state.First + (lanes * from) + state.Window + 1);
            }

            if (to < state.Vectors - 1)
            {
                next = Math.Min(next, state.First + (lanes * (to + 2)) - 1 - state.Window);
            }

            if (from > to)
            {
                Attend(state, key, next, 0, state.Vectors, Visibility.Outside);
            }
            else
            {
                Attend(state, key, next, 0, from, Visibility.Outside);
                Attend(state, key, next, to + 1, state.Vectors, Visibility.Outside);
            }

            key = next;
        }
    }

    /// <summary>Takes keys [from, to) into the running softmax of vectors [firstVector, endVector).</summary>
    private static void Attend(in State state, int from, int to, int firstVector, int endVector, Visibility visibility)
    {
        if (firstVector >= endVector || from >= to)
        {
            return;
        }

        var lanes = TUnit.Lanes;
        var vectors = endVector - firstVector;
        var offset = firstVector * lanes;
        var groups = RoundUp(state.HeadWidth) / PackedHead.Rows;
        // Blocks of about the same size, cut where groups of packed keys end.
        var start = from / PackedHead.Rows * PackedHead.Rows;
        var blocks = (to - start + KeyBlock - 1) / KeyBlock;
        var size = RoundUp((to - start + blocks - 1) / blocks);
        for (; start < to; start += size)
        {
            var key = Math.Max(start, from);
            var count = Math.Min(start + size, to) - key;
            Panel<TUnit, TVector>.Multiply(
                state.Keys + ((nint)start * state.HeadWidth), PackedHead.Rows * state.HeadWidth,
                RoundUp(key + count - start) / PackedHead.Rows, state.Query + offset, state.HeadWidth, state.Weights + offset, null, vectors);
            // The first block may begin inside a group: the keys before it are left alone.
            var weights = state.Weights + ((key - start) * Width);
            for (var vector = firstVector; vector < endVector; vector++)
            {
                if (visibility != Visibility.All)
                {
                    Hide(state, weights, key, count, vector, visibility);
                }

                Softmax(state, weights, count, vector * lanes);
            }

            Panel<TUnit, TVector>.Multiply(
                state.Values + (key * PackedHead.Rows), state.ValueGroupStride, groups, weights + offset, count, state.Output + offset,
                state.Rescale + offset, vectors);
        }
    }

    /// <summary>Sets the scores of the lanes that do not see a key to −∞, at the keys where lanes of this vector differ.</summary>
    private static void Hide(in State state, float* weights, int key, int count, int vector, Visibility visibility)
    {
        var lanes = TUnit.Lanes;
        var first = state.First + (vector * lanes);
        if (visibility == Visibility.Inside)
        {
            // Every lane sees the keys in between.
            var seenFrom = Math.Clamp(first + lanes - 1 - state.Window - key, 0, count);
            var seenTo = Math.Clamp(first + state.Window + 1 - key, seenFrom, count);
            Hide(state, weights, key, 0, seenFrom, vector, inside: true);
            Hide(state, weights, key, seenTo, count, vector, inside: true);
        }
        else
        {
            var from = Math.Clamp(first - state.Window - key, 0, count);
            var to = Math.Clamp(first + lanes + state.Window - key, from, count);
            Hide(state, weights, key, from, to, vector, inside: false);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Hide(in State state, float* weights, int key, int from, int to, int vector, bool inside)
    {
        var lanes = TUnit.Lanes;
        var pitch = 3 * TUnit.Lanes;
        var iota = stackalloc float[lanes];
        for (var lane = 0; lane < lanes; lane++)
        {
            iota[lane] = lane;
        }

        var limit = TUnit.Broadcast(state.Window);
        var hidden = TUnit.Broadcast(float.NegativeInfinity);
        var lane0 = TUnit.Load(iota);
        var scores = weights + (vector * lanes);
        for (var row = from; row < to; row++)
        {
            var distance = TUnit.Add(lane0, TUnit.Broadcast(state.First + (vector * lanes) - key - row));
            var score = TUnit.Load(scores + (row * pitch));
            var visible = inside
                ? TUnit.SelectWithin(distance, limit, score, hidden)
                : TUnit.SelectWithin(distance, limit, hidden, score);
            TUnit.Store(scores + (row * pitch), visible);
        }
    }

    /// <summary>Scores of a block to weights against the new running maximum, in place; sum and rescaling factor follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax(in State state, float* weights, int count, int offset)
    {
        var pitch = (nint)(3 * TUnit.Lanes);
        var scores = weights + offset;
        var end = scores + (count * pitch);
        var old = TUnit.Load(state.Max + offset);
        var max = old;
        var row = scores;
        if (count >= 4)
        {
            var max1 = old;
            var max2 = old;
            var max3 = old;
            for (var last = end - (4 * pitch); row <= last; row += 4 * pitch)
            {
                max = TUnit.Max(max, TUnit.Load(row));
                max1 = TUnit.Max(max1, TUnit.Load(row + pitch));
                max2 = TUnit.Max(max2, TUnit.Load(row + (2 * pitch)));
                max3 = TUnit.Max(max3, TUnit.Load(row + (3 * pitch)));
            }

            max = TUnit.Max(TUnit.Max(max, max1), TUnit.Max(max2, max3));
        }

        for (; row < end; row += pitch)
        {
            max = TUnit.Max(max, TUnit.Load(row));
        }

        var rescale = TUnit.Exp2(TUnit.Subtract(old, max));
        TUnit.Store(state.Max + offset, max);
        TUnit.Store(state.Rescale + offset, rescale);
        var sum = TUnit.Multiply(TUnit.Load(state.Sum + offset), rescale);
        for (row = scores; row < end; row += pitch)
        {
            var weight = TUnit.Exp2(TUnit.Subtract(TUnit.Load(row), max));
            sum = TUnit.Add(sum, weight);
            TUnit.Store(row, weight);
        }

        TUnit.Store(state.Sum + offset, sum);
    }

    /// <summary>Divides an output by the sum of its weights so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Normalise(in State state, float* output)
    {
        var pitch = 3 * TUnit.Lanes;
        for (var offset = 0; offset < pitch; offset += TUnit.Lanes)
        {
            var inverse = TUnit.Divide(TUnit.Broadcast(1f), TUnit.Load(state.Sum + offset));
            var value = output + offset;
            for (var d = 0; d < state.HeadWidth; d++, value += pitch)
            {
                TUnit.Store(value, TUnit.Multiply(TUnit.Load(value), inverse));
            }
        }
    }

    /// <summary>The residual O − W, in the place of W.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Subtract(in State state, float* window)
    {
        var end = 3 * TUnit.Lanes * state.HeadWidth;
        for (var i = 0; i < end; i += TUnit.Lanes)
        {
            TUnit.Store(window + i, TUnit.Subtract(TUnit.Load(state.Output + i), TUnit.Load(window + i)));
        }
    }

    private static int RoundUp(int count) => (count + PackedHead.Rows - 1) / PackedHead.Rows * PackedHead.Rows;

    private static int FloorDivide(int value, int divisor) =>
        value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor);

    private static int CeilingDivide(int value, int divisor) => -FloorDivide(-value, divisor);

    private enum Visibility
    {
        All,
        Inside,
        Outside,
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly struct State
    {
        /// <summary>Packed keys, <see cref="PackedHead.Keys"/>.</summary>
        public float* Keys { get; init; }

        /// <summary>Packed values, <see cref="PackedHead.Values"/>.</summary>
        public float* Values { get; init; }

        public nint ValueGroupStride { get; init; }

        public int HeadWidth { get; init; }

        public int KeyLength { get; init; }

        public int Window { get; init; }

        /// <summary>Index of the tile's first query.</summary>
        public int First { get; init; }

        public int Queries { get; init; }

        public int Vectors { get; init; }

        /// <summary>Scaled Qᵀ, [D][queries].</summary>
        public float* Query { get; init; }

        /// <summary>Oᵀ before the division by the sum, [D][queries].</summary>
        public float* Output { get; init; }

        /// <summary>Sᵀ, then Pᵀ of the block at hand, [keys][queries].</summary>
        public float* Weights { get; init; }

        public float* Max { get; init; }

        public float* Sum { get; init; }

        public float* Rescale { get; init; }
    }
}
