using DiTFastAttn.Hosting.Plans;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// Scores rows, one strategy for all attention of a step and another for its other sub-layers, by what becomes of them at the end of the trajectory: a real model call with the row gives
/// the error behind the step, and the adjoint of the trajectory with <c>full</c> everywhere follows it to the result. The cost does not depend on
/// the number of sites, and one scoring serves every budget.
/// </summary>
public static class RowPlanSearch
{
    private const string Full = "full";

    /// <summary>Scores every row at every step.</summary>
    /// <param name="model">The attached model that the trajectory calls; its parameters are not changed.</param>
    /// <param name="trajectory">Calibration samples at their first step; at its last step afterwards.</param>
    /// <param name="tokens">L, for the costs.</param>
    /// <param name="options">Strategies, probes, ages.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ends the scoring between two model calls.</param>
    /// <param name="log">Where every row's score is written, and from where a scoring goes on that was ended; stays the caller's.</param>
    /// <remarks>
    /// Holds the residuals and outputs of <see cref="RowSearchOptions.LongestReuse"/> steps, the error of every trial in the latents and in what the
    /// scheduler remembers, and the activations of one sample at one step.
    /// </remarks>
    /// <exception cref="PlanMismatchException">A strategy is not known.</exception>
    /// <exception cref="SearchLogException">The log is of another search, or cannot be written.</exception>
    public static RowScores Score(
        AttachedModel model,
        IDifferentiableTrajectory trajectory,
        long tokens,
        RowSearchOptions? options = null,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default,
        SearchLog? log = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trajectory);
        options ??= new RowSearchOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.LongestReuse, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Probes, 1, nameof(options));
        var allFull = AttentionPlan.AllFull(model, trajectory.Guidance, trajectory.Steps) with
        {
            Window = model.Window,
            Origin = new PlanOrigin("rows") { Note = "one strategy a step, scored by the adjoint of the trajectory" },
        };
        var prices = PlanPrices.MultiplyAccumulates(model, tokens);
        var strategies = options.Strategies.Select(id => Describe(model, prices, id, options.Kinds, reuse: null))
            .Concat(JointRows(model, prices, options))
            .Where(s => trajectory.Guidance != Guidance.None || !s.Traits.NeedsGuidance)
            .ToArray();
        using var scope = NewDisposeScope();
        var forward = RunForward(model, trajectory, allFull.Rows[0], strategies, options.LongestReuse, done => progress?.Report(done / 2), log, cancellation);
        var scores = FollowToTheEnd(
            trajectory, forward, strategies.Length, options, done => progress?.Report(0.5 + (done / 2)), log, cancellation);
        var calls = trajectory.Steps + forward.Trials.Sum(step => step.Count) + (Math.Max(0, trajectory.Steps - 2) * (1 + (2.0 * options.Probes)));
        return new RowScores(allFull, prices.OfFull(steps: 1), strategies, scores, options.LongestReuse, calls);
    }

    /// <summary>With sub-layers: every strategy of the attention, and full attention, beside their reuse.</summary>
    private static IEnumerable<RowStrategy> JointRows(AttachedModel model, PlanPrices prices, RowSearchOptions options)
    {
        if (!options.Kinds.Contains(SiteKind.SubLayer) || !model.Sites.Any(site => site.Kind == SiteKind.SubLayer))
        {
            return [];
        }

        var reuses = options.Strategies.Where(id => model.Processors.GetProcessor(id).Traits is { ServesSubLayers: true, Reads: SiteState.Output, NeedsGuidance: false });
        return reuses.SelectMany(reuse => options.Strategies.Prepend(Full).Select(id => Describe(model, prices, id, options.Kinds, reuse)));
    }

    private static RowStrategy Describe(AttachedModel model, PlanPrices prices, string id, IReadOnlyCollection<SiteKind> kinds, string? reuse)
    {
        var traits = model.Processors.GetProcessor(id).Traits;
        var attention = AttentionPlan.RowOf(model, id, [.. kinds.Where(kind => kind != SiteKind.SubLayer)]);
        IReadOnlyList<string> row = reuse is null ? attention : [.. attention.Select((own, site) => model.Sites[site].Kind == SiteKind.SubLayer ? reuse : own)];
        return new RowStrategy(reuse is null ? id : $"{id}/{reuse}", row, traits, reuse is not null, prices.Of(row));
    }

    /// <summary>
    /// The trajectory with <c>full</c> everywhere, and at each step every row on it. As many runs as ages take the full steps in turn, so that each
    /// still holds what was written so many steps ago.
    /// </summary>
    private static Forward RunForward(
        AttachedModel model,
        IDifferentiableTrajectory trajectory,
        IReadOnlyList<string> full,
        RowStrategy[] strategies,
        int ages,
        Action<double> progress,
        SearchLog? log,
        CancellationToken cancellation)
    {
        using var noGrad = no_grad();
        var runs = Enumerable.Range(0, ages).Select(_ => model.BeginTrialRun(trajectory.Guidance)).ToArray();
        try
        {
            var states = new List<Tensor> { Copy(trajectory) };
            var trials = new List<List<Trial>>();
            for (var step = 0; step < trajectory.Steps; step++)
            {
                var ofStep = new List<Trial>();
                for (var strategy = 0; step > 0 && strategy < strategies.Length; strategy++)
                {
                    var reads = strategies[strategy].Reads;
                    for (var age = reads ? 1 : 0; age <= (reads ? Math.Min(ages, step) : 0); age++)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        ofStep.Add(new Trial(strategy, age, TryRow(step, strategy, age)));
                    }
                }

                cancellation.ThrowIfCancellationRequested();
                using (var output = Predict(runs[step % ages].Take(full)))
                {
                    log?.FinishRow(step, full, SearchLog.Digest(output));
                    trajectory.Advance(output);
                }

                states.Add(Copy(trajectory));
                foreach (var trial in ofStep)
                {
                    trial.Error.sub_(states[^1]);
                }

                trials.Add(ofStep);
                progress((step + 1.0) / trajectory.Steps);
            }

            return new Forward(states, trials);
        }
        finally
        {
            foreach (var run in runs)
            {
                run.Dispose();
            }
        }

        Tensor TryRow(int step, int strategy, int age)
        {
            var of = FormattableString.Invariant($"step {step}, {strategies[strategy].Id}, age {age}");
            if (log?.ReadResult(of) is { } logged)
            {
                return logged;
            }

            using var output = Predict(runs[(step - age) % ages].Try(strategies[strategy].Row));
            var behind = trajectory.Peek(output);
            log?.WriteResult(of, behind);
            return behind;
        }

        Tensor Predict(StepScope step)
        {
            using (step)
            {
                return trajectory.Predict();
            }
        }
    }

    /// <summary>
    /// Mean over samples and probes of (⟨λ_{k+1}, error behind step k⟩ / ‖x_T‖)², which estimates the squared relative error of the result. Error and
    /// adjoint are those of the whole state: what a scheduler remembers of step k carries an error on as the latents do.
    /// </summary>
    private static double[][][] FollowToTheEnd(
        IDifferentiableTrajectory trajectory,
        Forward forward,
        int strategies,
        RowSearchOptions options,
        Action<double> progress,
        SearchLog? log,
        CancellationToken cancellation)
    {
        var steps = trajectory.Steps;
        var scores = Enumerable.Range(0, steps)
            .Select(_ => Enumerable.Range(0, strategies).Select(_ => Enumerable.Repeat(double.NaN, options.LongestReuse + 1).ToArray()).ToArray())
            .ToArray();
        using var generator = new Generator((ulong)options.Seed);
        var end = forward.States[^1];
        using var norm = end.flatten(1).square().sum(1);
        var adjoints = Enumerable.Range(0, options.Probes).Select(_ => randn(end.shape, generator: generator)).ToArray();
        for (var step = steps - 1; step >= 1; step--)
        {
            cancellation.ThrowIfCancellationRequested();
            using (var noGrad = no_grad())
            {
                foreach (var trial in forward.Trials[step])
                {
                    scores[step][trial.Strategy][trial.Age] = adjoints.Average(adjoint => MeanSquare(adjoint, trial.Error, norm));
                    trial.Error.Dispose();
                }
            }

            if (step > 1)
            {
                var before = PullBack(step);
                foreach (var adjoint in adjoints)
                {
                    adjoint.Dispose();
                }

                adjoints = [.. before];
            }

            progress((double)(steps - step) / steps);
        }

        return scores;

        IReadOnlyList<Tensor> PullBack(int step)
        {
            string[] names = [.. Enumerable.Range(0, options.Probes).Select(probe => FormattableString.Invariant($"adjoint of step {step}, probe {probe}"))];
            Tensor?[] logged = [.. names.Select(of => log?.ReadResult(of))];
            if (Array.TrueForAll(logged, adjoint => adjoint is not null))
            {
                return logged!;
            }

            var computed = trajectory.PullBack(step, forward.States[step], adjoints);
            for (var probe = 0; probe < names.Length; probe++)
            {
                if (logged[probe] is null)
                {
                    log?.WriteResult(names[probe], computed[probe]);
                }

                logged[probe]?.Dispose();
            }

            return computed;
        }
    }

    private static double MeanSquare(Tensor adjoint, Tensor error, Tensor norm)
    {
        using var scope = NewDisposeScope();
        return adjoint.mul(error).flatten(1).sum(1).square().div(norm).mean().to(ScalarType.Float64).item<double>();
    }

    private static Tensor Copy(IDifferentiableTrajectory trajectory)
    {
        using var state = trajectory.State();
        return state.clone();
    }

    /// <summary>What the forward pass leaves.</summary>
    /// <param name="States">s_0 … s_T; s_T is x_T.</param>
    /// <param name="Trials">The rows that were tried at each step.</param>
    private sealed record Forward(List<Tensor> States, List<List<Trial>> Trials);

    /// <summary>A row that was tried.</summary>
    /// <param name="Strategy">Index of its strategy.</param>
    /// <param name="Age">Age of what it read.</param>
    /// <param name="Error">What it changes in the state behind the step.</param>
    private sealed record Trial(int Strategy, int Age, Tensor Error);
}
