using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// Makes a plan better within its budget. Every move, another strategy in one cell, is run to the end of the trajectory for real, on the plan as it stands:
/// what each changes in the result adds up to first order, so a quadratic form says which few moves together lower the error most (<see cref="MoveModel"/>).
/// They are made, the plan is run on samples that had no part in the choice, and kept only if the error fell there by more than its standard error; else
/// fewer moves are tried: what was learnt by heart from a few calibration samples does not last. Nothing is differentiated, so every scheduler and every strategy can take part.
/// </summary>
public static class PlanRefinement
{
    private const string Full = "full";

    /// <summary>Refines a plan.</summary>
    /// <param name="model">The attached model that the trajectories call.</param>
    /// <param name="trajectory">Makes a trajectory of the samples that moves are measured on, at its first step; the same noise every time.</param>
    /// <param name="start">The plan to begin with, within the budget.</param>
    /// <param name="limits">What the plan may cost; all of them hold.</param>
    /// <param name="options">Strategies, groups, rounds.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ends the search between two model runs.</param>
    /// <param name="log">Where the result of every run is written, and from where a refinement goes on that was ended; stays the caller's.</param>
    /// <param name="heldOut">Makes a trajectory of the samples that decide whether moves stay; <see langword="null"/> for those that they are measured on.</param>
    /// <remarks>Holds the residuals and outputs of all sites twice, the model outputs of a trajectory, and a result <c>[n, …]</c> for every move.</remarks>
    /// <exception cref="ArgumentException">The plan costs more than the budget.</exception>
    /// <exception cref="PlanMismatchException">A strategy is not known, or the plan is another model's.</exception>
    /// <exception cref="SearchLogException">The log is of another search, or cannot be written.</exception>
    public static RefinedPlan Refine(
        AttachedModel model,
        Func<IDenoisingTrajectory> trajectory,
        AttentionPlan start,
        IReadOnlyList<PlanLimit> limits,
        PlanRefinementOptions? options = null,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default,
        SearchLog? log = null,
        Func<IDenoisingTrajectory>? heldOut = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(limits);
        options ??= new PlanRefinementOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Groups, 1, nameof(options));
        var groups = GroupsOf(model, options);

        ArgumentOutOfRangeException.ThrowIfLessThan(options.MovesAtOnce, 1, nameof(options));
        foreach (var limit in limits.Where(limit => !limit.Allows(start)))
        {
            throw new ArgumentException($"the plan to begin with costs {limit.Prices.Of(start)}, more than the limit of {limit.Most}.", nameof(start));
        }

        // A move may need a window where the plan had none.
        start = start with { Window = start.Window ?? model.Window };
        model.Check(start, new RunRequest(start.Steps, start.Guidance));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        string[] ids = [.. options.Strategies.Prepend(Full).Distinct()
            .Where(id => start.Guidance != Guidance.None || !model.Processors.GetProcessor(id).Traits.NeedsGuidance)];
        IReadOnlyList<string>[] rows = [.. ids.SelectMany(attention => ids.Select(other => RowOf(model, attention, other, options.Kinds)))];
        var full = AttentionPlan.AllFull(model, start.Guidance, start.Steps).Rows;
        using var proposing = new PlanErrors(new PlanRuns(model, trajectory, start.Window, cancellation, log), full);
        using var deciding = heldOut is null ? null : new PlanErrors(new PlanRuns(model, heldOut, start.Window, cancellation, log, "held out "), full);
        var plan = start;
        var error = proposing.Of(plan.Rows);
        var measured = Decide(plan.Rows, error);
        var (startError, moved) = (MeanSquare(measured), 0);
        for (var round = 0; round < options.Rounds; round++)
        {
            var before = measured;
            for (var group = 0; group < groups.Count; group++)
            {
                var share = ((double)round * groups.Count) + group;
                RefineGroup(group, done => progress?.Report((share + done) / (options.Rounds * groups.Count)));
            }

            // A tenth of a decibel a round.
            if (MeanSquare(measured) > MeanSquare(before) * 0.977)
            {
                break;
            }
        }

        error.Dispose();
        progress?.Report(1);
        var calls = proposing.Runs.Count + (deciding is null ? 0.0 : (double)deciding.Runs.Count * deciding.Samples / proposing.Samples);
        return new RefinedPlan(plan, startError, MeanSquare(measured), moved, calls);

        // What decides: the error on the samples that no move was measured on.
        double[] Decide(IReadOnlyList<IReadOnlyList<string>> of, Tensor proposed)
        {
            using var apart = deciding?.Of(of);
            return PlanErrors.LogSquares(apart ?? proposed);
        }

        void RefineGroup(int group, Action<double> report)
        {
            var moves = Moves(plan, rows, limits, groups[group], group);
            var ends = proposing.Runs.RunMoves(plan.Rows, moves, report);
            var changes = new List<Tensor>();
            foreach (var end in ends)
            {
                using var withMove = proposing.Of(end);
                changes.Add(withMove.sub(error));
            }

            // A move that was made has changed what its cell's other moves would do.
            var made = new HashSet<(int, int)>();
            var most = options.MovesAtOnce;
            while (most > 0)
            {
                var chosen = new MoveModel(error, changes, moves).Choose(
                    most, [.. limits.Select(limit => limit.Most - limit.Prices.Of(plan))], m => !made.Contains(moves[m].Cell));
                if (chosen.Count == 0)
                {
                    break;
                }

                var changed = plan.Rows.ToArray();
                foreach (var m in chosen)
                {
                    changed[moves[m].Step] = moves[m].Row;
                }

                var next = plan with { Rows = changed };
                if (!options.Allows(next))
                {
                    most = Math.Min(most, chosen.Count) / 2;
                    continue;
                }

                var tried = proposing.Of(changed);
                if (Decide(changed, tried) is var squares && SampleGain.Certain([.. measured.Zip(squares, (before, after) => before - after)]) > 0)
                {
                    error.Dispose();
                    (plan, error, measured, moved) = (next, tried, squares, moved + chosen.Count);
                    made.UnionWith(chosen.Select(m => moves[m].Cell));
                }
                else
                {
                    tried.Dispose();
                    most = Math.Min(most, chosen.Count) / 2;
                }
            }

            foreach (var change in changes)
            {
                change.Dispose();
            }
        }
    }

    /// <summary>Geometric mean over the samples.</summary>
    private static double MeanSquare(double[] logSquares) => Math.Exp(logSquares.Average());

    /// <summary>One strategy for all attention of a step, another for its other sub-layers.</summary>
    private static IReadOnlyList<string> RowOf(AttachedModel model, string attention, string other, IReadOnlyCollection<SiteKind> kinds)
    {
        var (ofAttention, ofOthers) = (AttentionPlan.RowOf(model, attention, kinds), AttentionPlan.RowOf(model, other, kinds));
        return [.. model.Sites.Select(site => (site.Kind == SiteKind.SubLayer ? ofOthers : ofAttention)[site.Index])];
    }

    /// <summary>Neighbouring sites that change together: all of a step, or groups of attention and groups of other sub-layers apart.</summary>
    private static List<int[]> GroupsOf(AttachedModel model, PlanRefinementOptions options)
    {
        if (options.Groups == 1)
        {
            return [[.. model.Sites.Where(site => options.Kinds.Contains(site.Kind)).Select(site => site.Index)]];
        }

        var classes = model.Sites.Where(site => options.Kinds.Contains(site.Kind))
            .GroupBy(site => site.Kind == SiteKind.SubLayer, site => site.Index)
            .Select(sites => sites.ToArray())
            .ToList();
        return
        [
            .. classes.SelectMany(sites =>
            {
                var parts = Math.Min(options.Groups, sites.Length);
                return Enumerable.Range(0, parts).Select(part => sites[(part * sites.Length / parts)..((part + 1) * sites.Length / parts)]);
            }),
        ];
    }

    /// <summary>Every other strategy for the group's sites at every step but the first.</summary>
    private static List<PlanMove> Moves(
        AttentionPlan plan, IReadOnlyList<string>[] strategies, IReadOnlyList<PlanLimit> limits, int[] sites, int group)
    {
        var moves = new List<PlanMove>();

        // Strategies that serve none of the group's sites leave them full as 'full' does.
        strategies = [.. strategies.DistinctBy(strategy => string.Join(' ', sites.Select(site => strategy[site])), StringComparer.Ordinal)];
        for (var step = 1; step < plan.Steps; step++)
        {
            foreach (var strategy in strategies)
            {
                var row = plan.Rows[step].ToArray();
                foreach (var site in sites)
                {
                    row[site] = strategy[site];
                }

                if (!row.SequenceEqual(plan.Rows[step]))
                {
                    moves.Add(new PlanMove(step, group, row, [.. limits.Select(limit => limit.Prices.Of(row) - limit.Prices.Of(plan.Rows[step]))]));
                }
            }
        }

        return moves;
    }
}
