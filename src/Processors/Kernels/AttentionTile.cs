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
/// <param name="keyBlock">
/// Keys of a block. Scores of 128 keys × 48 queries × 4 bytes = 24 KiB stay in the nearest caches; 64 to 256 measure nearly alike (<see cref="TileTuning"/>).
/// </param>
internal sealed unsafe class AttentionTile<TUnit, TVector>(int keyBlock) : ITileProgram
    where TUnit : struct, IVectorUnit<TVector>
    where TVector : struct
{
    private const float SmallestSum = 1e-30f;

    // Ends of a run, and of each vector's part of it.
    private const int MostCuts = 8;

    private static int Width => 3 * TUnit.Lanes;

    /// <inheritdoc/>
    public int CountTiles(in AttentionProblem problem) =>
        checked(problem.Batch * problem.Heads * TilesPerHead(problem));

    /// <inheritdoc/>
    public int ScratchFloats(in AttentionProblem problem) =>
        Width * ((2 * problem.HeadWidth) + (2 * PaddedWidth(problem)) + 4 + keyBlock + TileSight.FloatsPerLane);

    /// <inheritdoc/>
    public void Compute(in AttentionProblem problem, int tile, TileWorkspace workspace)
    {
        var scratch = workspace.Scratch;
        var tiles = TilesPerHead(problem);
        var head = Math.DivRem(tile, tiles, out var tileOfHead);
        var batch = Math.DivRem(head, problem.Heads, out head);
        var first = FirstQuery(problem, tileOfHead);
        var queries = Math.Min(FirstQuery(problem, tileOfHead + 1), problem.QueryLength) - first;
        var outputFloats = Width * PaddedWidth(problem);
        var rows = scratch + (Width * problem.HeadWidth);
        var output = rows + (Width * problem.HeadWidth);
        var windowOutput = output + outputFloats;
        var statistics = windowOutput + outputFloats;
        var memory = new State
        {
            Keys = workspace.Head.Keys,
            Values = workspace.Head.Values,
            ValueGroupStride = workspace.Head.ValueGroupStride,
            HeadWidth = problem.HeadWidth,
            Batch = batch,
            KeyBlock = keyBlock,
            Vectors = (queries + TUnit.Lanes - 1) / TUnit.Lanes,
            Query = scratch,
            Output = output,
            Max = statistics,
            Sum = statistics + Width,
            Rescale = statistics + (2 * Width),
            WindowSum = statistics + (3 * Width),
            Weights = statistics + (4 * Width),
            Sight = new TileSight(statistics + ((4 + keyBlock) * Width), TUnit.Lanes),
        };
        var state = &memory;

        var keys = problem.CountKeys(batch);
        var (from, to) = (0, keys);
        if (problem.HasWindow)
        {
            state->Sight.Begin(problem, batch, first, queries);
            if (problem.WindowOnly)
            {
                (from, to) = state->Sight.Reach(problem);
            }
        }

        workspace.Head.Ensure<TUnit, TVector>(problem, batch, problem.GroupOf(head), from, to);

        // exp(x · scale) = 2^(x · log2(e) · scale): the factor goes into the queries.
        LoadQueries(problem, batch, head, first, queries, (float)(Math.Log2(Math.E) * problem.Scale), rows, state->Query);
        PrefetchNextHead(problem, batch, head, tileOfHead, tiles);
        PrefetchResults(problem, batch, head, first, queries);
        if (problem.HasWindow || keys == 0)
        {
            new Span<float>(output, outputFloats).Clear();
        }

        new Span<float>(state->Max, Width).Fill(float.MinValue);
        new Span<float>(state->Sum, Width).Clear();

        if (!problem.HasWindow)
        {
            Attend(state, 0, keys, 0, state->Vectors, Visibility.All, isFirst: true);
        }
        else
        {
            AttendInside(problem, state);
            if (!problem.Residual.IsNull)
            {
                // What has been summed so far is the window.
                new ReadOnlySpan<float>(output, outputFloats).CopyTo(new Span<float>(windowOutput, outputFloats));
                new ReadOnlySpan<float>(state->Sum, Width).CopyTo(new Span<float>(state->WindowSum, Width));
            }

            if (!problem.WindowOnly)
            {
                AttendOutside(problem, state);
            }
        }

        if (problem.Residual.IsNull)
        {
            Normalise(state);
        }
        else
        {
            NormaliseWithResidual(state, windowOutput);
            Store(windowOutput, problem.Residual, problem, batch, head, first, queries, rows);
        }

        if (!problem.Addend.IsNull)
        {
            Load(problem.Addend, problem, batch % problem.AddendBatch, head, first, queries, 1f, rows, windowOutput);
            Add(state, windowOutput);
        }

        Store(output, problem.Output, problem, batch, head, first, queries, rows);
    }

    private static int TilesPerHead(in AttentionProblem problem) => (problem.QueryLength + Width - 1) / Width;

    // Vectors of queries are dealt out evenly: a last tile of a single one would wait for its loads.
    private static int FirstQuery(in AttentionProblem problem, int tileOfHead)
    {
        var vectors = (problem.QueryLength + TUnit.Lanes - 1) / TUnit.Lanes;
        var each = Math.DivRem(vectors, TilesPerHead(problem), out var more);
        return TUnit.Lanes * ((tileOfHead * each) + Math.Min(tileOfHead, more));
    }

    // Panels write whole groups of rows.
    private static int PaddedWidth(in AttentionProblem problem) => RoundUp(problem.HeadWidth);

    private static void LoadQueries(
        in AttentionProblem problem, int batch, int head, int first, int queries, float factor, float* rows, float* target)
    {
        Load(problem.Query, problem, batch, head, first, queries, factor, rows, target);
        // The next tile's queries come while this one computes.
        var bytes = problem.HeadWidth * Elements.SizeOf(problem.Type);
        for (var query = first + queries; query < Math.Min(first + queries + Width, problem.QueryLength); query++)
        {
            Elements.Prefetch(problem.Query.Row(batch, head, query), bytes);
        }
    }

    // A store to a line that is far away waits for it: the rows of the results come while the tile computes.
    private static void PrefetchResults(in AttentionProblem problem, int batch, int head, int first, int queries)
    {
        var bytes = problem.HeadWidth * Elements.SizeOf(problem.Type);
        for (var query = first; query < first + queries; query++)
        {
            Elements.Prefetch(problem.Output.Row(batch, head, query), bytes);
            if (!problem.Residual.IsNull)
            {
                Elements.Prefetch(problem.Residual.Row(batch, head, query), bytes);
            }

            if (!problem.Addend.IsNull)
            {
                Elements.Prefetch(problem.Addend.Row(batch % problem.AddendBatch, head, query), bytes);
            }
        }
    }

    /// <summary>
    /// Brings a part of the next head's keys and values nearer, each tile of this head another: rows of a packed projection lie
    /// kilobytes apart, and no prefetcher of the machine's follows them.
    /// </summary>
    private static void PrefetchNextHead(in AttentionProblem problem, int batch, int head, int tile, int tiles)
    {
        if (++head == problem.Heads)
        {
            head = 0;
            batch++;
        }

        var group = problem.GroupOf(head);
        if (batch == problem.Batch || (head > 0 && group == problem.GroupOf(head - 1)))
        {
            return;
        }

        var bytes = problem.HeadWidth * Elements.SizeOf(problem.Type);
        var end = (int)((tile + 1L) * problem.KeyLength / tiles);
        for (var key = (int)((long)tile * problem.KeyLength / tiles); key < end; key++)
        {
            Elements.PrefetchToSecondCache(problem.Key.Row(batch, group, key), bytes);
            Elements.PrefetchToSecondCache(problem.Value.Row(batch, group, key), bytes);
        }
    }

    /// <summary>Rows of an array to a tile [D][queries].</summary>
    private static void Load(
        in StridedHeads source, in AttentionProblem problem, int batch, int head, int first, int queries, float factor, float* rows, float* target)
    {
        if (problem.Type == ElementType.Float32)
        {
            TileTranspose<TUnit, TVector>.Load(
                (float*)source.Row(batch, head, first), source.RowStride / sizeof(float), queries, problem.HeadWidth, factor, target);
            return;
        }

        for (var query = 0; query < queries; query++)
        {
            Elements.Read(source.Row(batch, head, first + query), problem.Type, problem.HeadWidth, rows + (query * problem.HeadWidth));
        }

        TileTranspose<TUnit, TVector>.Load(rows, problem.HeadWidth, queries, problem.HeadWidth, factor, target);
    }

    /// <summary>A tile [D][queries] to rows of an array.</summary>
    private static void Store(
        float* source, in StridedHeads target, in AttentionProblem problem, int batch, int head, int first, int queries, float* rows)
    {
        if (problem.Type == ElementType.Float32)
        {
            TileTranspose<TUnit, TVector>.Store(
                source, (float*)target.Row(batch, head, first), target.RowStride / sizeof(float), queries, problem.HeadWidth);
            return;
        }

        TileTranspose<TUnit, TVector>.Store(source, rows, problem.HeadWidth, queries, problem.HeadWidth);
        for (var query = 0; query < queries; query++)
        {
            Elements.Write(rows + (query * problem.HeadWidth), problem.HeadWidth, problem.Type, target.Row(batch, head, first + query));
        }
    }

    /// <summary>The keys that a query of the tile sees, hidden ones masked; only the vectors that see a key take part.</summary>
    private static void AttendInside(in AttentionProblem problem, State* state)
    {
        var window = problem.Window;
        Attend(
            state, problem.Position(state->Batch, window.TextStart), problem.Position(state->Batch, window.TextStart + window.TextTokens), 0,
            state->Vectors, Visibility.All);
        var sight = state->Sight;
        var run = default(KeyRun);
        var cuts = stackalloc int[MostCuts];
        for (var frame = sight.FirstFrame; frame <= sight.LastFrame; frame++)
        {
            for (var row = sight.FirstRow; row <= sight.LastRow; row++)
            {
                sight.See(problem, frame, row, state->Vectors, &run);
                var count = 0;
                for (var vector = 0; vector < state->Vectors; vector++)
                {
                    Cut(cuts, ref count, run.AnyFrom[vector]);
                    Cut(cuts, ref count, run.AnyTo[vector]);
                }

                for (var cut = 1; cut < count; cut++)
                {
                    AttendTo(state, &run, cuts[cut - 1], cuts[cut], Visibility.Inside);
                }
            }
        }
    }

    /// <summary>The keys that <see cref="AttendInside"/> left out, masked the other way round.</summary>
    private static void AttendOutside(in AttentionProblem problem, State* state)
    {
        var window = problem.Window;
        var sight = state->Sight;
        var run = default(KeyRun);
        var cuts = stackalloc int[MostCuts];
        // Rows of the grid that no query of the tile sees anything of are taken together.
        var unseen = window.GridStart;
        for (var frame = sight.FirstFrame; frame <= sight.LastFrame; frame++)
        {
            for (var row = sight.FirstRow; row <= sight.LastRow; row++)
            {
                var start = window.GridStart + (((frame * window.Rows) + row) * window.Columns);
                Attend(state, problem.Position(state->Batch, unseen), problem.Position(state->Batch, start), 0, state->Vectors, Visibility.All);
                unseen = start + window.Columns;

                sight.See(problem, frame, row, state->Vectors, &run);
                var count = 0;
                Cut(cuts, ref count, run.From);
                Cut(cuts, ref count, run.To);
                for (var vector = 0; vector < state->Vectors; vector++)
                {
                    Cut(cuts, ref count, run.AllFrom[vector]);
                    Cut(cuts, ref count, run.AllTo[vector]);
                }

                for (var cut = 1; cut < count; cut++)
                {
                    AttendTo(state, &run, cuts[cut - 1], cuts[cut], Visibility.Outside);
                }
            }
        }

        Attend(
            state, problem.Position(state->Batch, unseen), problem.Position(state->Batch, window.GridStart + window.GridTokens), 0, state->Vectors,
            Visibility.All);
    }

    /// <summary>Takes the vectors that have something to do with keys [from, to) of a run, neighbours together.</summary>
    private static void AttendTo(State* state, KeyRun* run, int from, int to, Visibility visibility)
    {
        for (var vector = 0; vector < state->Vectors; vector++)
        {
            var first = vector;
            while (vector < state->Vectors && Meets(run, vector, from, to, visibility))
            {
                vector++;
            }

            Attend(state, from, to, first, vector, visibility, run);
        }
    }

    private static bool Meets(KeyRun* run, int vector, int from, int to, Visibility visibility) => visibility == Visibility.Inside
        ? run->AnyFrom[vector] <= from && to <= run->AnyTo[vector]
        : !(run->AllFrom[vector] <= from && to <= run->AllTo[vector]);

    // Keeps the cuts in order and each once.
    private static void Cut(int* cuts, ref int count, int key)
    {
        var place = count;
        while (place > 0 && cuts[place - 1] > key)
        {
            place--;
        }

        if (place > 0 && cuts[place - 1] == key)
        {
            return;
        }

        for (var i = count; i > place; i--)
        {
            cuts[i] = cuts[i - 1];
        }

        cuts[place] = key;
        count++;
    }

    /// <summary>Takes keys [from, to) into the running softmax of vectors [firstVector, endVector); the first keys of all overwrite the output.</summary>
    private static void Attend(
        State* state, int from, int to, int firstVector, int endVector, Visibility visibility, KeyRun* run = null, bool isFirst = false)
    {
        if (firstVector >= endVector || from >= to)
        {
            return;
        }

        var lanes = TUnit.Lanes;
        var vectors = endVector - firstVector;
        var offset = firstVector * lanes;
        var groups = RoundUp(state->HeadWidth) / PackedHead.Rows;
        // Blocks of about the same size, cut where groups of packed keys end.
        var start = from / PackedHead.Rows * PackedHead.Rows;
        var blocks = (to - start + state->KeyBlock - 1) / state->KeyBlock;
        var size = RoundUp((to - start + blocks - 1) / blocks);
        for (; start < to; start += size)
        {
            var key = Math.Max(start, from);
            var count = Math.Min(start + size, to) - key;
            Panel<TUnit, TVector>.Multiply(
                state->Keys + ((nint)start * state->HeadWidth), PackedHead.Rows * state->HeadWidth,
                RoundUp(key + count - start) / PackedHead.Rows, state->Query + offset, state->HeadWidth, state->Weights + offset, null, vectors);
            // The first block may begin inside a group: the keys before it are left alone.
            var weights = state->Weights + ((key - start) * Width);
            for (var vector = firstVector; vector < endVector; vector++)
            {
                if (visibility != Visibility.All)
                {
                    Hide(state, run, weights, key, count, vector, visibility);
                }

                Softmax(state, weights, count, vector * lanes);
            }

            Panel<TUnit, TVector>.Multiply(
                state->Values + (key * PackedHead.Rows), state->ValueGroupStride, groups, weights + offset, count, state->Output + offset,
                isFirst ? null : state->Rescale + offset, vectors);
            isFirst = false;
        }
    }

    /// <summary>Sets the scores of the lanes that do not see a key to −∞, at the keys where lanes of this vector differ.</summary>
    private static void Hide(State* state, KeyRun* run, float* weights, int key, int count, int vector, Visibility visibility)
    {
        var offset = vector * TUnit.Lanes;
        var middle = state->Sight.Middle + offset;
        var half = state->Sight.Half + offset;
        var scores = weights + offset;
        if (visibility == Visibility.Inside)
        {
            // Every lane sees the keys in between.
            var seenFrom = Math.Clamp(run->AllFrom[vector] - key, 0, count);
            var seenTo = Math.Clamp(run->AllTo[vector] - key, seenFrom, count);
            Hide(middle, half, scores, key, 0, seenFrom, inside: true);
            Hide(middle, half, scores, key, seenTo, count, inside: true);
        }
        else
        {
            var from = Math.Clamp(run->AnyFrom[vector] - key, 0, count);
            var to = Math.Clamp(run->AnyTo[vector] - key, from, count);
            Hide(middle, half, scores, key, from, to, inside: false);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Hide(float* middles, float* halves, float* scores, int key, int from, int to, bool inside)
    {
        var pitch = (nint)(3 * TUnit.Lanes);
        var middle = TUnit.Load(middles);
        var half = TUnit.Load(halves);
        var hidden = TUnit.Broadcast(float.NegativeInfinity);
        var one = TUnit.Broadcast(1f);
        var distance = TUnit.Subtract(middle, TUnit.Broadcast(key + from));
        var row = scores + (from * pitch);
        if (inside)
        {
            for (var i = from; i < to; i++, row += pitch, distance = TUnit.Subtract(distance, one))
            {
                TUnit.Store(row, TUnit.SelectWithin(distance, half, TUnit.Load(row), hidden));
            }
        }
        else
        {
            for (var i = from; i < to; i++, row += pitch, distance = TUnit.Subtract(distance, one))
            {
                TUnit.Store(row, TUnit.SelectWithin(distance, half, hidden, TUnit.Load(row)));
            }
        }
    }

    /// <summary>Scores of a block to weights against the new running maximum, in place; sum and rescaling factor follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax(State* state, float* weights, int count, int offset)
    {
        var pitch = (nint)(3 * TUnit.Lanes);
        var scores = weights + offset;
        var end = scores + (count * pitch);
        var old = TUnit.Load(state->Max + offset);
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
        TUnit.Store(state->Max + offset, max);
        TUnit.Store(state->Rescale + offset, rescale);
        var sum = TUnit.Multiply(TUnit.Load(state->Sum + offset), rescale);
        for (row = scores; row < end; row += pitch)
        {
            var weight = TUnit.Exp2(TUnit.Subtract(TUnit.Load(row), max));
            sum = TUnit.Add(sum, weight);
            TUnit.Store(row, weight);
        }

        TUnit.Store(state->Sum + offset, sum);
    }

    /// <summary>Divides the output by the sum of its weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Normalise(State* state)
    {
        var pitch = 3 * TUnit.Lanes;
        for (var offset = 0; offset < pitch; offset += TUnit.Lanes)
        {
            var inverse = Inverse(state->Sum + offset);
            var value = state->Output + offset;
            for (var d = 0; d < state->HeadWidth; d++, value += pitch)
            {
                TUnit.Store(value, TUnit.Multiply(TUnit.Load(value), inverse));
            }
        }
    }

    /// <summary>The same, and the residual O − W in the place of W, which comes as it was summed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NormaliseWithResidual(State* state, float* window)
    {
        var pitch = 3 * TUnit.Lanes;
        for (var offset = 0; offset < pitch; offset += TUnit.Lanes)
        {
            var inverse = Inverse(state->Sum + offset);
            var windowInverse = Inverse(state->WindowSum + offset);
            var value = state->Output + offset;
            var near = window + offset;
            for (var d = 0; d < state->HeadWidth; d++, value += pitch, near += pitch)
            {
                var full = TUnit.Multiply(TUnit.Load(value), inverse);
                TUnit.Store(value, full);
                TUnit.Store(near, TUnit.Subtract(full, TUnit.Multiply(TUnit.Load(near), windowInverse)));
            }
        }
    }

    // A query that saw no key has the sum 0 and becomes 0; every other sum is at least 1. NaN is the second operand, which a maximum keeps.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Inverse(float* sum) => TUnit.Divide(TUnit.Broadcast(1f), TUnit.Max(TUnit.Broadcast(SmallestSum), TUnit.Load(sum)));

    /// <summary>Adds a tile to the output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(State* state, float* addend)
    {
        var end = 3 * TUnit.Lanes * state->HeadWidth;
        for (var i = 0; i < end; i += TUnit.Lanes)
        {
            TUnit.Store(state->Output + i, TUnit.Add(TUnit.Load(state->Output + i), TUnit.Load(addend + i)));
        }
    }

    private static int RoundUp(int count) => (count + PackedHead.Rows - 1) / PackedHead.Rows * PackedHead.Rows;

    private enum Visibility
    {
        All,
        Inside,
        Outside,
    }

    [StructLayout(LayoutKind.Auto)]
    private struct State
    {
        /// <summary>Packed keys, <see cref="PackedHead.Keys"/>.</summary>
        public float* Keys { get; init; }

        /// <summary>Packed values, <see cref="PackedHead.Values"/>.</summary>
        public float* Values { get; init; }

        public nint ValueGroupStride { get; init; }

        public int HeadWidth { get; init; }

        public int Batch { get; init; }

        public int KeyBlock { get; init; }

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

        /// <summary>Sum of the weights inside the window.</summary>
        public float* WindowSum { get; init; }

        /// <summary>What the lanes see, where there is a window.</summary>
        public TileSight Sight;
    }
}
