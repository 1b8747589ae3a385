using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>Generations by given rows from the same noise, with their model calls counted.</summary>
/// <param name="model">The attached model.</param>
/// <param name="begin">Makes a trajectory at its first step.</param>
/// <param name="window">The window of the rows.</param>
/// <param name="cancellation">Ends a generation between two model calls.</param>
/// <param name="log">Where results are written, and from where those are taken that it knows.</param>
/// <param name="samples">What the log calls the samples; several kinds may share one log.</param>
internal sealed class PlanRuns(
    AttachedModel model,
    Func<IDenoisingTrajectory> begin,
    AttentionWindow? window,
    CancellationToken cancellation,
    SearchLog? log = null,
    string samples = "")
{
    /// <summary>Model calls so far, those whose results the log knew among them.</summary>
    public long Count { get; private set; }

    /// <summary>The result of a generation, <c>[n, …]</c>, which the caller owns.</summary>
    /// <param name="rows">Strategy ids, <c>[step][site]</c>.</param>
    public Tensor RunToEnd(IReadOnlyList<IReadOnlyList<string>> rows)
        => Known(rows, 0) ?? Logged(rows, GenerateWhole(rows));

    private Tensor GenerateWhole(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        using var generation = begin();
        using var run = model.BeginTrialRun(generation.Guidance, window);
        return GoOn(run, generation, rows, 0);
    }

    /// <summary>
    /// The result with each move alone, in order; the caller owns them. The steps before a move are computed once: the run forks there, and the
    /// scheduler, which costs next to nothing, is taken through the recorded outputs again.
    /// </summary>
    /// <param name="rows">The plan's rows.</param>
    /// <param name="moves">Moves on it, by step.</param>
    /// <param name="report">Told the share that is done, 0 to 1.</param>
    public List<Tensor> RunMoves(IReadOnlyList<IReadOnlyList<string>> rows, IReadOnlyList<PlanMove> moves, Action<double> report)
    {
        var ends = new List<Tensor>();
        var outputs = new List<Tensor>();
        using var generation = begin();
        using var run = model.BeginTrialRun(generation.Guidance, window);
        var last = moves.Count == 0 ? -1 : moves.Max(move => move.Step);
        for (var step = 0; step <= last; step++)
        {
            foreach (var move in moves.Where(m => m.Step == step))
            {
                IReadOnlyList<string>[] moved = [.. rows.Take(step), move.Row, .. rows.Skip(step + 1)];
                ends.Add(Known(moved, step) ?? Logged(moved, RunFork(moved, step)));
                report((double)ends.Count / moves.Count);
            }

            // Taken only as far as a move is to be run; what the log knows needs none of it.
            Count += step < last ? 1 : 0;
        }

        outputs.ForEach(output => output.Dispose());
        return ends;

        Tensor RunFork(IReadOnlyList<string>[] moved, int step)
        {
            while (outputs.Count < step)
            {
                outputs.Add(Predict(run, generation, rows[outputs.Count]));
                generation.Advance(outputs[^1]);
                Count--;
            }

            using var fork = run.Fork();
            using var replayed = begin();
            outputs.ForEach(replayed.Advance);
            return GoOn(fork, replayed, moved, step);
        }
    }

    /// <summary>The result that the log knows, counted as if it had been run from a step on.</summary>
    private Tensor? Known(IReadOnlyList<IReadOnlyList<string>> rows, int from)
    {
        var known = log?.ReadResult(samples + SearchLog.KeyOf(rows));
        Count += known is null ? 0 : rows.Count - from;
        return known;
    }

    private Tensor Logged(IReadOnlyList<IReadOnlyList<string>> rows, Tensor result)
    {
        log?.WriteResult(samples + SearchLog.KeyOf(rows), result);
        return result;
    }

    private Tensor GoOn(TrialRun run, IDenoisingTrajectory generation, IReadOnlyList<IReadOnlyList<string>> rows, int from)
    {
        for (var step = from; step < rows.Count; step++)
        {
            using var output = Predict(run, generation, rows[step]);
            generation.Advance(output);
        }

        return generation.Latents();
    }

    private Tensor Predict(TrialRun run, IDenoisingTrajectory generation, IReadOnlyList<string> row)
    {
        cancellation.ThrowIfCancellationRequested();
        Count++;
        using (run.Take(row))
        {
            return generation.Predict();
        }
    }
}
