namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// What each row at each step, one strategy for all attention and one for the other sub-layers, does to the end of the trajectory: one scoring finds
/// the plan for every budget.
/// </summary>
public sealed class RowScores
{
    private const int CostBuckets = 500;

    private readonly AttentionPlan _allFull;
    private readonly RowStrategy[] _strategies;
    private readonly double[][][] _scores;
    private readonly long _fullCost;
    private readonly int _longestReuse;
    private IReadOnlyList<Path>? _ends;

    /// <summary>Scores by step, strategy and age.</summary>
    /// <param name="allFull">The plan with <c>full</c> everywhere.</param>
    /// <param name="fullCost">Cost of one of its rows, in multiply-accumulates.</param>
    /// <param name="strategies">The strategies.</param>
    /// <param name="scores"><c>[step][strategy][age]</c>; NaN where it cannot be.</param>
    /// <param name="longestReuse">The greatest age.</param>
    /// <param name="forwardEquivalents">What the scoring cost, in model calls on the calibration samples; a backward pass counts two.</param>
    internal RowScores(
        AttentionPlan allFull, long fullCost, RowStrategy[] strategies, double[][][] scores, int longestReuse, double forwardEquivalents)
    {
        (_allFull, _fullCost, _strategies, _scores, _longestReuse) = (allFull, fullCost, strategies, scores, longestReuse);
        ForwardEquivalents = forwardEquivalents;
    }

    /// <summary>What the scoring cost, in model calls on the calibration samples; a backward pass counts two.</summary>
    public double ForwardEquivalents { get; }

    /// <summary>The squared relative error of the result that a row alone is expected to cause.</summary>
    /// <param name="step">Step, from 1.</param>
    /// <param name="strategy">The id of the row, that of the sub-layers behind a stroke: <c>wars</c>, <c>wars/ast</c>.</param>
    /// <param name="age">How many steps ago that was written which it reads; 0 where it reads nothing.</param>
    /// <returns>NaN where there is no such row.</returns>
    public double Score(int step, string strategy, int age)
    {
        var index = Array.FindIndex(_strategies, s => s.Id == strategy);
        return index >= 0 && age <= _longestReuse ? _scores[step][index][age] : double.NaN;
    }

    /// <summary>The plan of least expected error within a budget.</summary>
    /// <param name="fraction">Attention multiply-accumulates that may be left, as a part of <c>full</c> everywhere, 0 to 1.</param>
    /// <returns>The plan; <see langword="null"/> where none is so cheap.</returns>
    public AttentionPlan? FindPlan(double fraction)
    {
        var most = fraction * _fullCost * _allFull.Steps;
        var best = (_ends ??= Solve()).Where(end => end.Cost <= most).MinBy(end => end.Score);
        if (best is null)
        {
            return null;
        }

        var rows = new List<IReadOnlyList<string>>();
        for (var path = best; path is not null; path = path.Before)
        {
            rows.Add(path.Strategy < 0 ? _allFull.Rows[0] : _strategies[path.Strategy].Row);
        }

        rows.Reverse();
        return _allFull with { Rows = rows };
    }

    /// <summary>
    /// Dynamic programming over the steps. What a step may read has an age and the error of the step that wrote it; of paths that agree in
    /// the ages and, to a bucket, in the cost, the one of least error goes on.
    /// </summary>
    private List<Path> Solve()
    {
        var bucket = Math.Max(1, _fullCost * _allFull.Steps / CostBuckets);
        var paths = new List<Path> { new(null, -1, 0, _fullCost, Residual: new Written(1, 0), Output: new Written(1, 0), SubLayers: new Written(1, 0)) };
        for (var step = 1; step < _allFull.Steps; step++)
        {
            var best = new Dictionary<(int, int, int, long), Path>();
            foreach (var path in paths)
            {
                for (var strategy = -1; strategy < _strategies.Length; strategy++)
                {
                    if (Extend(path, step, strategy) is { } longer)
                    {
                        var key = (longer.Residual.Age, longer.Output.Age, longer.SubLayers.Age, longer.Cost / bucket);
                        if (!best.TryGetValue(key, out var other) || longer.Score < other.Score)
                        {
                            best[key] = longer;
                        }
                    }
                }
            }

            paths = [.. best.Values];
        }

        return paths;
    }

    private Path? Extend(Path path, int step, int strategy)
    {
        if (strategy < 0)
        {
            return new Path(path, strategy, path.Score, path.Cost + _fullCost, new Written(1, 0), new Written(1, 0), new Written(1, 0));
        }

        var chosen = _strategies[strategy];
        var readsResidual = (chosen.Traits.Reads & SiteState.Residual) != SiteState.None;
        var readsOutput = (chosen.Traits.Reads & SiteState.Output) != SiteState.None;
        var age = Math.Max(
            Math.Max(readsResidual ? path.Residual.Age : 0, readsOutput ? path.Output.Age : 0), chosen.ReusesSubLayers ? path.SubLayers.Age : 0);
        if (age > _longestReuse || double.IsNaN(_scores[step][strategy][age]))
        {
            return null;
        }

        // What is read was written with an error of its own, which comes in again here.
        var error = _scores[step][strategy][age] + (readsResidual ? path.Residual.Error : 0) + (readsOutput ? path.Output.Error : 0)
            + (chosen.ReusesSubLayers ? path.SubLayers.Error : 0);
        return new Path(
            path,
            strategy,
            path.Score + error,
            path.Cost + chosen.Cost,
            (chosen.Traits.Writes & SiteState.Residual) != SiteState.None ? new Written(1, error) : Older(path.Residual),
            (chosen.Traits.Writes & SiteState.Output) != SiteState.None ? new Written(1, error) : Older(path.Output),
            chosen.ReusesSubLayers ? Older(path.SubLayers) : new Written(1, error));
    }

    private Written Older(Written written) => written with { Age = Math.Min(written.Age + 1, _longestReuse + 1) };

    /// <summary>A residual or outputs.</summary>
    /// <param name="Age">Steps since it was written, as the next step sees it.</param>
    /// <param name="Error">The squared relative error that came in with it.</param>
    private sealed record Written(int Age, double Error);

    /// <summary>The rows up to a step.</summary>
    private sealed record Path(Path? Before, int Strategy, double Score, long Cost, Written Residual, Written Output, Written SubLayers);
}
