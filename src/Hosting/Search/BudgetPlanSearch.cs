using System.Diagnostics;
using DiTFastAttn.Hosting.Plans;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// Searches plans within a budget. Candidates are the row plans of <see cref="RowPlanSearch"/>, the periodic plans and any that are given; the best of
/// them is refined (<see cref="PlanRefinement"/>), and of all that were run for real the best is taken: on the samples that decide the plan is never worse
/// than one of them. Those are held out: neither row scores nor moves were measured on them. One object scores once and serves any number of budgets.
/// </summary>
public sealed class BudgetPlanSearch
{
    private const int RowBudgets = 48;
    private const double ScoringShare = 0.3;
    private const double MeasuringShare = 0.2;

    private readonly AttachedModel _model;
    private readonly Func<IDenoisingTrajectory> _trajectory;
    private readonly Func<IDenoisingTrajectory>? _heldOut;
    private readonly long _tokens;
    private readonly Func<Tensor, Tensor, IReadOnlyList<double>> _psnr;
    private readonly BudgetSearchOptions _options;
    private readonly PlanPrices _flops;
    private readonly int _steps;
    private readonly Guidance _guidance;
    private readonly long _batch;
    private readonly int _elementBytes;
    private readonly double _heldOutShare;
    private readonly List<MeasuredPlan> _measured = [];
    private SearchLog? _log;
    private List<AttentionPlan>? _pool;
    private PlanPrices? _seconds;
    private double _calls;

    /// <summary>Prepares a search; nothing is computed yet.</summary>
    /// <param name="model">The attached model that the trajectories call.</param>
    /// <param name="trajectory">Makes a trajectory of the calibration samples at its first step; the same noise every time. Rows and moves are measured on them.</param>
    /// <param name="tokens">L</param>
    /// <param name="psnr">PSNR in dB of each sample between the all-full results and others, both <c>[n, …]</c>, borrowed.</param>
    /// <param name="options">Strategies, other candidates, stages of the refinement.</param>
    /// <param name="heldOut">Makes a trajectory of the samples that decide which plan is better: others, as many or more. <see langword="null"/> for the calibration samples again.</param>
    public BudgetPlanSearch(
        AttachedModel model,
        Func<IDenoisingTrajectory> trajectory,
        long tokens,
        Func<Tensor, Tensor, IReadOnlyList<double>> psnr,
        BudgetSearchOptions? options = null,
        Func<IDenoisingTrajectory>? heldOut = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(psnr);
        (_model, _trajectory, _tokens, _psnr, _options, _heldOut) = (model, trajectory, tokens, psnr, options ?? new BudgetSearchOptions(), heldOut);
        using var first = trajectory();
        using var latents = first.Latents();
        (_steps, _guidance) = (first.Steps, first.Guidance);
        _batch = latents.shape[0] * (_guidance == Guidance.None ? 1 : 2);
        _elementBytes = (int)latents.element_size();
        _heldOutShare = heldOut is null ? 1 : (double)CountSamples(heldOut) / latents.shape[0];
        _flops = PlanPrices.MultiplyAccumulates(model, tokens);
    }

    /// <summary>The row scores; <see langword="null"/> before the first search, and where the trajectory cannot be differentiated.</summary>
    public RowScores? Scores { get; private set; }

    /// <summary>Seconds that the row scores took.</summary>
    public double ScoringSeconds { get; private set; }

    /// <summary>Finds the best plan within a budget; with a wanted PSNR the cheapest that keeps it.</summary>
    /// <param name="budget">The limits.</param>
    /// <param name="progress">Told the share that is done, 0 to 1; an <see cref="IPlanProgress"/> sees the best plan so far too.</param>
    /// <param name="cancellation">Ends the search between two model calls.</param>
    /// <param name="log">Where every result is written, and from where a search goes on that was ended; stays the caller's.</param>
    /// <returns>The plan; <see langword="null"/> where none of the candidates stays within the limits.</returns>
    /// <exception cref="ArgumentException">The budget has no limit, or one out of its range.</exception>
    /// <exception cref="PlanMismatchException">A strategy is not known.</exception>
    /// <exception cref="SearchLogException">The log is of another search, or cannot be written.</exception>
    public BudgetSearchResult? Find(
        PlanBudget budget, IProgress<double>? progress = null, CancellationToken cancellation = default, SearchLog? log = null)
    {
        ArgumentNullException.ThrowIfNull(budget);
        PlanBudget.Check(budget);
        _log = log;
        log?.Begin(Describe(budget), "budget");
        Prepare(Part(progress, 0, ScoringShare), cancellation);
        if (budget.Seconds is not null && _seconds is null)
        {
            _seconds = MeasureSeconds(cancellation);
        }

        return budget.Psnr is { } psnr
            ? FindCheapest(budget with { Psnr = null }, psnr, Part(progress, ScoringShare, 1), cancellation)
            : FindBest(budget, Part(progress, ScoringShare, 1), cancellation);
    }

    private static Portion? Part(IProgress<double>? whole, double from, double to) => whole is null ? null : new Portion(whole, from, to);

    /// <summary>The candidates that serve every budget.</summary>
    private void Prepare(IProgress<double>? progress, CancellationToken cancellation)
    {
        if (_pool is not null)
        {
            return;
        }

        int[] periods = [.. Enumerable.Range(2, Math.Max(1, Math.Min(8, _steps) - 1))];
        List<AttentionPlan> pool = [.. _options.Others, .. PeriodicPlans.Of(_model, _guidance, _steps, _options.Strategies, periods, _options.Kinds)];
        if (_options.Kinds.Contains(SiteKind.SubLayer))
        {
            pool.AddRange(PeriodicPlans.Of(_model, _guidance, _steps, _options.Strategies, periods, [.. _options.Kinds.Where(kind => kind != SiteKind.SubLayer)]));
        }

        using (var trajectory = _trajectory())
        {
            if (trajectory is IDifferentiableTrajectory differentiable)
            {
                var rows = new RowSearchOptions { Strategies = _options.Strategies, Kinds = _options.Kinds, Probes = _options.Probes, Seed = _options.Seed };
                var watch = Stopwatch.StartNew();
                Scores = RowPlanSearch.Score(_model, differentiable, _tokens, rows, progress, cancellation, _log);
                ScoringSeconds = watch.Elapsed.TotalSeconds;
                _calls += Scores.ForwardEquivalents;
                pool.AddRange(Enumerable.Range(1, RowBudgets).Select(i => Scores.FindPlan((double)i / RowBudgets)).OfType<AttentionPlan>());
            }
            else if (_log is not null)
            {
                CheckModel(trajectory);
            }
        }

        _pool = pool;
    }

    /// <summary>Of each kind of plan that which costs most within the limits: it has the most to keep.</summary>
    private BudgetSearchResult? FindBest(PlanBudget budget, IProgress<double>? progress, CancellationToken cancellation)
    {
        var limits = Limits(budget);
        var candidates = Candidates(budget, limits);
        var measured = Measure(candidates, Part(progress, 0, MeasuringShare), cancellation);
        if (measured.Count == 0)
        {
            return null;
        }

        (progress as IPlanProgress)?.Show(measured.MaxBy(plan => plan.Psnr)!.Plan);
        var starts = Starts(measured);
        for (var i = 0; i < starts.Count; i++)
        {
            var share = (1 - MeasuringShare) / starts.Count;
            Refine(starts[i], budget, limits, measured, Part(progress, MeasuringShare + (i * share), MeasuringShare + ((i + 1) * share)), cancellation);
        }

        progress?.Report(1);
        measured.Sort((a, b) => b.Psnr.CompareTo(a.Psnr));
        return new BudgetSearchResult(measured[0], measured, _calls);
    }

    /// <summary>Refines a plan stage by stage while it gains; what becomes of it is added to what was measured.</summary>
    private void Refine(
        MeasuredPlan best, PlanBudget budget, List<PlanLimit> limits, List<MeasuredPlan> measured, IProgress<double>? progress, CancellationToken cancellation)
    {
        for (var stage = 0; stage < _options.Groups.Count; stage++)
        {
            var refined = PlanRefinement.Refine(
                _model,
                _trajectory,
                best.Plan,
                limits,
                new PlanRefinementOptions
                {
                    Strategies = _options.Strategies,
                    Kinds = _options.Kinds,
                    Groups = _options.Groups[stage],
                    Rounds = _options.Rounds,
                    Allows = next => Holds(next, budget),
                },
                Part(progress, (double)stage / _options.Groups.Count, (stage + 1.0) / _options.Groups.Count),
                cancellation,
                _log,
                _heldOut);
            _calls += refined.ForwardEquivalents;

            // Finer groups cost more and have less to gain: not where the coarser ones have gained nothing.
            if (refined.Moves == 0)
            {
                break;
            }

            // The first part of the note says where it began.
            var note = best.Plan.Origin.Method == "refined" ? best.Plan.Origin.Note : $"from {best.Plan.Origin.Method}: {best.Plan.Origin.Note}";
            var plan = refined.Plan with { Origin = new PlanOrigin("refined") { Note = note } };

            // A later budget may begin with it.
            _pool!.Add(plan);
            var better = Measure([plan], null, cancellation)[0];
            if (!measured.Contains(better))
            {
                measured.Add(better);
            }

            best = better.Psnr > best.Psnr ? better : best;
            (progress as IPlanProgress)?.Show(best.Plan);
        }
    }

    /// <summary>
    /// The cheapest candidate that keeps the PSNR says where to begin; refined plans for less and less are searched below it until one does not keep it.
    /// </summary>
    private BudgetSearchResult? FindCheapest(PlanBudget budget, double psnr, IProgress<double>? progress, CancellationToken cancellation)
    {
        const double Less = 0.94;
        const int Most = 6;
        var limits = Limits(budget);
        var price = budget.Seconds is null ? _flops : _seconds!;
        var pool = _pool!.Where(plan => Holds(plan, budget) && limits.All(limit => limit.Allows(plan))).OrderBy(price.Of).ToList();
        var measured = Measure(pool, Part(progress, 0, MeasuringShare), cancellation);
        measured.AddRange(Measure([AttentionPlan.AllFull(_model, _guidance, _steps)], null, cancellation).Where(full => limits.All(limit => limit.Allows(full.Plan))));
        if (measured.Where(plan => plan.Psnr >= psnr).MinBy(plan => price.Of(plan.Plan)) is not { } best)
        {
            return null;
        }

        for (var i = 0; i < Most && _options.Groups.Count > 0; i++)
        {
            var share = (1 - MeasuringShare) / Most;
            var fraction = Less * _flops.Of(best.Plan) / _flops.OfFull(_steps);
            var less = FindBest(
                budget with { AttentionFlops = fraction }, Part(progress, MeasuringShare + (i * share), MeasuringShare + ((i + 1) * share)), cancellation);
            if (less is null)
            {
                break;
            }

            measured.AddRange(less.Candidates.Where(plan => !measured.Contains(plan)));
            if (less.Candidates.Where(plan => plan.Psnr >= psnr).MinBy(plan => price.Of(plan.Plan)) is not { } cheaper)
            {
                break;
            }

            best = cheaper;
        }

        progress?.Report(1);
        return new BudgetSearchResult(best, [.. measured.OrderByDescending(plan => plan.Psnr)], _calls);
    }

    private List<PlanLimit> Limits(PlanBudget budget)
    {
        var limits = new List<PlanLimit>();
        if (budget.AttentionFlops is { } fraction)
        {
            limits.Add(new PlanLimit(_flops, (long)(fraction * _flops.OfFull(_steps))));
        }

        if (budget.Seconds is { } seconds)
        {
            limits.Add(new PlanLimit(_seconds!, (long)(seconds * 1e9)));
        }

        return limits;
    }

    private List<AttentionPlan> Candidates(PlanBudget budget, List<PlanLimit> limits)
        => [.. _pool!.Where(plan => Holds(plan, budget) && limits.TrueForAll(limit => limit.Allows(plan)))
            .GroupBy(plan => plan.Origin.Method == "periodic" ? string.Join('\n', plan.Rows[1]) : plan.Origin.Method, StringComparer.Ordinal)
            .SelectMany(group => group.OrderByDescending(_flops.Of).Take(2))];

    private bool Holds(AttentionPlan plan, PlanBudget budget)
        => budget.CacheBytes is not { } bytes || PlanMemory.Of(plan, _model.Processors, _batch, _tokens, _model.StateStorage.ElementBytes(_elementBytes)).PeakBytes <= bytes;

    /// <summary>Runs what was not run yet.</summary>
    private List<MeasuredPlan> Measure(IReadOnlyList<AttentionPlan> plans, IProgress<double>? progress, CancellationToken cancellation)
    {
        var known = plans.Select(plan => _measured.Find(measured => AreEqual(measured.Plan, plan))).ToArray();
        AttentionPlan[] missing = [.. plans.Where((_, i) => known[i] is null)];
        if (missing.Length > 0)
        {
            _calls += (missing.Length + 1.0) * _steps * _heldOutShare;
            var added = new Queue<MeasuredPlan>(MeasuredPlanSearch.Measure(_model, _heldOut ?? _trajectory, missing, _tokens, _psnr, progress, cancellation, _log));
            for (var i = 0; i < known.Length; i++)
            {
                known[i] ??= added.Dequeue();
            }

            _measured.AddRange(known.Where(measured => !_measured.Contains(measured!))!);
        }

        return [.. known.OfType<MeasuredPlan>().DistinctBy(measured => measured.Plan)];
    }

    /// <summary>
    /// Where to begin: the best of the periodic and the given plans, and the best of the search's own; only the better one where the difference is above its
    /// standard error, or where the search's own is not ahead at all.
    /// </summary>
    private static List<MeasuredPlan> Starts(List<MeasuredPlan> measured)
    {
        var isOwn = measured.ToLookup(plan => plan.Plan.Origin.Method is "rows" or "refined");
        var (given, own) = (isOwn[false].MaxBy(plan => plan.Psnr), isOwn[true].MaxBy(plan => plan.Psnr));
        return (given, own) switch
        {
            (null, _) => [own!],
            (_, null) => [given],
            _ when own.Psnr <= given.Psnr => [given],
            _ when SampleGain.Certain([.. own.SamplePsnr.Zip(given.SamplePsnr, (after, before) => after - before)]) > 0 => [own],
            _ => [given, own],
        };
    }

    private static long CountSamples(Func<IDenoisingTrajectory> trajectory)
    {
        using var first = trajectory();
        using var latents = first.Latents();
        return latents.shape[0];
    }

    private static bool AreEqual(AttentionPlan a, AttentionPlan b) => a.Rows.Zip(b.Rows).All(pair => pair.First.SequenceEqual(pair.Second));

    /// <summary>
    /// What each strategy takes at each site, in nanoseconds of a model call on the calibration batch: the shortest of a few calls with the strategy at all
    /// attention, or at all other sub-layers, in turns, so that a strategy that does not pay on this machine costs as much as <c>full</c>.
    /// </summary>
    private PlanPrices MeasureSeconds(CancellationToken cancellation)
    {
        const int Turns = 4;
        using var noGrad = no_grad();
        using var trajectory = _trajectory();
        using var run = _model.BeginTrialRun(_guidance);
        var sites = _model.Sites.Count;
        var kinds = _options.Kinds.ToLookup(kind => kind == SiteKind.SubLayer);
        List<(string Id, bool IsSubLayer, IReadOnlyList<string> Row)> rows = [.. _options.Strategies
            .Where(id => id != "full" && (_guidance != Guidance.None || !_model.Processors.GetProcessor(id).Traits.NeedsGuidance))
            .SelectMany(id => kinds.Select(of => (id, of.Key, AttentionPlan.RowOf(_model, id, [.. of]))))];
        rows.RemoveAll(row => !row.Row.Contains(row.Id));
        rows.Insert(0, ("full", false, AttentionPlan.RowOf(_model, "full", [])));
        var of = string.Join(' ', rows.Select(row => $"{row.Id}{(row.IsSubLayer ? "/" : "")}"));
        var logged = _log?.ReadNumbers("nanoseconds", of);
        long[] shortest = logged is null ? Time() : [.. logged.Select(time => (long)time)];
        if (logged is null)
        {
            _log?.WriteNumbers("nanoseconds", of, shortest.Select(time => (double)time));
        }

        _calls += 1 + (Turns * rows.Count);
        var fullSite = shortest[0] / sites;
        return new PlanPrices(_model, (site, id) =>
        {
            var index = rows.FindIndex(row => row.Id == id && row.IsSubLayer == (_model.Sites[site].Kind == SiteKind.SubLayer));
            return index <= 0 ? fullSite : fullSite + ((shortest[index] - shortest[0]) / rows[index].Row.Count(r => r == id));
        });

        long[] Time()
        {
            using (run.Take(rows[0].Row))
            {
                trajectory.Predict().Dispose();
            }

            var times = Enumerable.Repeat(long.MaxValue, rows.Count).ToArray();
            for (var turn = 0; turn < Turns; turn++)
            {
                for (var i = 0; i < rows.Count; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    using var fork = run.Fork();
                    var start = Stopwatch.GetTimestamp();
                    using (fork.Take(rows[i].Row))
                    {
                        trajectory.Predict().Dispose();
                    }

                    times[i] = Math.Min(times[i], (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
                }
            }

            return times;
        }
    }

    /// <summary>Everything that the results depend on and that is known before the first model call; the model's weights show in its outputs.</summary>
    private List<(string Name, string Value)> Describe(PlanBudget budget)
    {
        return
        [
            ("model", _model.Fingerprint.Name),
            ("sites", string.Join(' ', _model.Fingerprint.Sites.Select(site => FormattableString.Invariant($"{site.Name}:{site.Heads}x{site.HeadWidth}")))),
            ("kinds", string.Join(' ', _options.Kinds)),
            ("steps", FormattableString.Invariant($"{_steps}")),
            ("guidance", _guidance.ToString()),
            ("window", _model.Window.ToString()),
            ("state", _model.StateStorage.Dtype?.ToString().ToLowerInvariant() ?? "as computed"),
            ("budget", FormattableString.Invariant($"{budget.AttentionFlops:R} {budget.Seconds:R} {budget.Psnr:R} {budget.CacheBytes}")),
            ("strategies", string.Join(' ', _options.Strategies)),
            ("probes", FormattableString.Invariant($"{_options.Probes} of seed {_options.Seed}")),
            ("refinement", FormattableString.Invariant($"{_options.Rounds} rounds of groups {string.Join(' ', _options.Groups)}")),
            ("others", string.Join(' ', _options.Others.Select(plan => SearchLog.KeyOf(plan.Rows)))),
            ("found before", FormattableString.Invariant($"{_measured.Count}")),
            ("latents", Latents(_trajectory)),
            ("held out", _heldOut is null ? "none" : Latents(_heldOut)),
        ];

        static string Latents(Func<IDenoisingTrajectory> of)
        {
            using var first = of();
            using var latents = first.Latents();
            return $"[{string.Join(", ", latents.shape)}] {SearchLog.Digest(latents)}";
        }
    }

    /// <summary>Where no scoring compares the model's outputs with the log's, one call does.</summary>
    private void CheckModel(IDenoisingTrajectory trajectory)
    {
        using var noGrad = no_grad();
        using var run = _model.BeginTrialRun(_guidance);
        var full = AttentionPlan.RowOf(_model, "full", []);
        using (run.Try(full))
        {
            using var output = trajectory.Predict();
            _log!.FinishRow(0, full, SearchLog.Digest(output));
        }
    }

    /// <summary>A part of the whole progress.</summary>
    private sealed class Portion(IProgress<double> whole, double from, double to) : IPlanProgress
    {
        public void Report(double value) => whole.Report(from + (value * (to - from)));

        public void Show(AttentionPlan plan) => (whole as IPlanProgress)?.Show(plan);
    }
}
