using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Cli.Search;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using Spectre.Console;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Bench;

/// <summary>
/// <c>bench search</c>: what the searches cost on the demo model, and what their plans are worth on samples that none was calibrated on.
/// </summary>
internal sealed class BenchSearchVerb : Verb
{
    /// <summary>The threshold whose search is made in every way, where it is among those asked for.</summary>
    private const double Compared = 0.1;

    /// <summary>Unseen samples that tell which rivals are worth all of them.</summary>
    private const int FewUnseen = 4;

    private readonly Option<int> _size = ValueOption.Integer(["--input-size"], "Resolution in pixels.", 32, 8, 512);

    private readonly Option<int> _steps = ValueOption.Integer(["--n-steps", "--n_steps"], "Denoising steps.", 20, 2, 1000);

    private readonly Option<int> _samples = ValueOption.Integer(["--n-calib", "--n_calib"], "Calibration samples.", 10, 1);

    private readonly Option<int> _heldOut = ValueOption.Integer(["--n-held-out"], "Calibration samples of other noise that decide which plan is better; 0 for none.", 20, 0);

    private readonly Option<int> _unseen = ValueOption.Integer(["--unseen"], "Samples that the plans are judged by.", 30, 1);

    private readonly Option<int> _probes = ValueOption.Integer(["--probes"], "Probes of the row plans' adjoint.", 3, 1);

    private readonly Option<ValueList<double>> _thresholds = ValueOption.List(
        ["--thresholds"], "X,X,…", "Thresholds of the greedy searches; the ways to search are compared at 0.1.",
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var threshold) && threshold > 0 && double.IsFinite(threshold)
            ? threshold
            : throw new FormatException("give a number above 0"),
        threshold => Invariant($"{threshold}"),
        [0.05, 0.1, 0.2, 0.4, 0.8]);

    private readonly Option<ValueList<string>> _candidates = ValueOption.Choices(
        ["--candidates"], "Strategies of the plans within budgets.", [.. GreedySearchOptions.PaperCandidates], [.. GreedySearchOptions.PaperCandidates]);

    private readonly Option<string?> _logs = ValueOption.Text(["--log"], "FOLDER", "Write a log of every search there, and go on from those that are there.");

    private readonly Option<int> _rounds = ValueOption.Integer(["--rounds"], "Rounds of each stage of the refinement; 0 for none.", 2, 0, 100);

    private readonly Option<ValueList<int>> _groups = ValueOption.Integers(["--groups"], "Groups of sites in each stage of the refinement; a stage comes only where the one before gained.", [1], 1);

    private readonly Option<ValueList<int>> _budgets = ValueOption.Integers(
        ["--budgets"], "Budgets in percent of the FLOPs.", [20, 28, 36, 43, 51, 59, 67, 74, 82, 90], 1);

    private readonly Option<string> _scheduler = ValueOption.Choice(["--scheduler"], "The sampler; those that are not ddim remember earlier outputs.", "ddim", ["ddim", "dpmsolver++", "unipc"]);

    public BenchSearchVerb()
        : base("search", "Measure the plan searches on the demo model: what they cost, and their plans on unseen samples within budgets.")
    {
        Add(_size);
        Add(_steps);
        Add(_scheduler);
        Add(_samples);
        Add(_heldOut);
        Add(_unseen);
        Add(_thresholds);
        Add(_candidates);
        Add(_probes);
        Add(_rounds);
        Add(_groups);
        Add(_budgets);
        Add(_logs);
        Add(SearchedSites.Option);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Seed);
        Add(CommonOptions.Out);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var folder = call.Get(CommonOptions.Out);
        if (folder is not null)
        {
            OutputPath.CheckFolder("--out", folder);
        }

        if (call.Get(_logs) is { } logs)
        {
            OutputPath.CheckFolder("--log", logs);
            Directory.CreateDirectory(logs);
        }

        CpuThreads.Use(call);
        using var checkpoint = ModelInput.Load(ModelInput.Demo, call.Get(_size));
        using var attached = AttachedModel.Attach(checkpoint.Model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper, subLayers: SearchedSites.WithSubLayers(call));
        var (steps, seed) = (call.Get(_steps), call.Get(CommonOptions.Seed));
        var calibration = new Calibration(checkpoint, steps, guidanceScale: 2, call.Get(_samples), seed, Scheduler(call.Get(_scheduler)!, checkpoint.Scheduler));
        var searches = new List<SearchRow>();
        var greedy = SearchGreedily(call, attached, calibration, searches);
        var budgets = CompareBudgets(call, attached, calibration, greedy, searches);
        Print(call.Terminal, searches, budgets);
        if (folder is not null)
        {
            BudgetDrawing.Write(budgets, folder);
        }

        call.WriteJson(new SearchReport(searches, budgets));
        return ExitStatus.Done;
    }

    /// <summary>A sampler for the process that a model was trained with.</summary>
    private static SchedulerConfig Scheduler(string name, DdimConfig trained) => name switch
    {
        "dpmsolver++" => new DpmSolverConfig
        {
            TrainTimesteps = trained.TrainTimesteps, BetaSchedule = trained.BetaSchedule, BetaStart = trained.BetaStart, BetaEnd = trained.BetaEnd,
            PredictionType = trained.PredictionType, TimestepSpacing = trained.TimestepSpacing,
        },
        "unipc" => new UniPCConfig
        {
            TrainTimesteps = trained.TrainTimesteps, BetaSchedule = trained.BetaSchedule, BetaStart = trained.BetaStart, BetaEnd = trained.BetaEnd,
            PredictionType = trained.PredictionType, TimestepSpacing = trained.TimestepSpacing,
        },
        _ => trained,
    };

    /// <summary>One threshold in every way, and the plans of all thresholds.</summary>
    private List<AttentionPlan> SearchGreedily(VerbCall call, AttachedModel attached, Calibration calibration, List<SearchRow> rows)
    {
        double[] thresholds = [.. call.Get(_thresholds)!.Values];
        var plans = new List<AttentionPlan>();
        using var noise = calibration.Noise();
        using var bar = new ProgressBar(call.Terminal, "greedy searches", thresholds.Length + 2, "searches");
        GreedySearchResult? naive = null;
        if (thresholds.Contains(Compared))
        {
            naive = Search(Compared, reusesBlocks: false, calibration.Samples, "naive", trial => trial);
            Search(Compared, reusesBlocks: true, calibration.Samples, "reused", trial => trial);
        }

        foreach (var threshold in thresholds)
        {
            plans.Add(Search(threshold, reusesBlocks: true, batch: 1, threshold == Compared ? "early" : null, trial => trial with { Loss = 0 }).Plan);
        }

        return plans;

        GreedySearchResult Search(double threshold, bool reusesBlocks, int batch, string? row, Func<SearchTrial, SearchTrial> compared)
        {
            bar.Report(rows.Count + plans.Count);
            var watch = Stopwatch.StartNew();
            var batches = calibration.Begin(noise, batch);
            using var log = Log(call, Invariant($"greedy-{row ?? "early"}-{threshold}"));
            try
            {
                var found = GreedyPlanSearch.Search(
                    attached, batches, new GreedySearchOptions { Threshold = threshold, ReusesBlocks = reusesBlocks }, progress: null, call.Cancellation, log);
                if (row is not null)
                {
                    var isSame = naive is null || (found.Trials.Select(compared).SequenceEqual(naive.Trials.Select(compared))
                        && found.Plan.Rows.Zip(naive.Plan.Rows).All(pair => pair.First.SequenceEqual(pair.Second)));
                    rows.Add(new SearchRow(row, found.ForwardEquivalents * calibration.Blocks, found.ForwardEquivalents, watch.Elapsed.TotalSeconds, isSame));
                }

                return found;
            }
            finally
            {
                foreach (var trajectory in batches)
                {
                    trajectory.Dispose();
                }
            }
        }
    }

    /// <summary>
    /// The planned plan of each budget is chosen by the calibration samples alone. Its rivals are chosen by the unseen samples that all are judged by, so
    /// they are at least as good as what a user could have picked.
    /// </summary>
    private List<BudgetRow> CompareBudgets(
        VerbCall call, AttachedModel attached, Calibration calibration, IReadOnlyList<AttentionPlan> greedy, List<SearchRow> searches)
    {
        double[] budgets = [.. call.Get(_budgets)!.Values.Select(percent => percent / 100.0)];
        var request = calibration.Sampler.RunRequest;
        using var noise = calibration.Noise();
        var decides = call.Get(_heldOut) is > 0 and var count ? calibration.HeldOut(count) : null;
        using var decidingNoise = decides?.Noise();
        var kinds = SearchedSites.Of(call, attached);
        var attention = kinds.Where(kind => kind != SiteKind.SubLayer).ToArray();
        var isJoint = kinds.Contains(SiteKind.SubLayer);
        int[] periods = [2, 3, 4, 5, 6, 8];
        periods = [.. periods.Where(n => n < request.Steps)];
        var periodic = PeriodicPlans.Of(attached, request.Guidance, request.Steps, GreedySearchOptions.PaperCandidates, periods, attention);
        var everything = isJoint ? PeriodicPlans.Of(attached, request.Guidance, request.Steps, ["ast"], periods, kinds) : [];
        var (unseen, rivals) = (call.Get(_unseen), new[] { greedy, periodic, everything });
        var judged = new Dictionary<string, MeasuredPlan>(StringComparer.Ordinal);
        if (unseen > FewUnseen)
        {
            // Most are far behind.
            Judge(FewUnseen, "few", rivals.SelectMany(plans => plans));
            rivals = [.. rivals.Select(plans => budgets.SelectMany(
                budget => plans.Where(plan => Judged(plan).Cost.Fraction <= budget).OrderByDescending(plan => Judged(plan).Psnr).Take(2)).Distinct().ToArray())];
        }

        Judge(unseen, "rivals", rivals.SelectMany(plans => plans));
        var (found, scores) = Find(attention, "planned", "adjoint");
        var joint = isJoint ? Find(kinds, "joint", "joint adjoint").Found : null;

        // Without a refinement the row plans are the search's own candidates.
        AttentionPlan[] rows = call.Get(_rounds) == 0 ? [] : [.. budgets.Select(scores.FindPlan).OfType<AttentionPlan>()];
        Judge(unseen, "planned", [.. rows, .. found.Concat(joint ?? []).OfType<BudgetSearchResult>().Select(result => result.Best.Plan)]);
        return [.. Enumerable.Range(0, budgets.Length).Where(i => found[i] is not null || joint?[i] is not null).Select(i =>
        {
            var (budget, best) = (budgets[i], found[i]?.Best);
            var plan = best is null ? null : Judged(best.Plan);
            var ofGreedy = Best(rivals[0], budget);
            var ofPeriodic = Best(rivals[1], budget);
            var ofJoint = joint?[i] is { } with ? Judged(with.Best.Plan) : null;
            return new BudgetRow(
                100 * budget, 100 * plan?.Cost.Fraction, ofGreedy?.Psnr, 100 * ofGreedy?.Cost.Fraction, ofPeriodic?.Psnr, 100 * ofPeriodic?.Cost.Fraction,
                Best(rows, budget)?.Psnr, plan?.Psnr, plan?.WorstPsnr, best?.Psnr, best?.Plan.Origin.Method,
                Best(rivals[2], budget)?.Psnr, ofJoint?.Psnr, ofJoint?.WorstPsnr);
        })];

        (List<BudgetSearchResult?> Found, RowScores Scores) Find(IReadOnlyCollection<SiteKind> of, string mode, string scoring)
        {
            var search = new BudgetPlanSearch(
                attached,
                () => calibration.Begin(noise),
                request.Tokens!.Value,
                calibration.Psnr,
                new BudgetSearchOptions
                {
                    Strategies = call.Get(_candidates)!.Values, Others = greedy, Kinds = of, Probes = call.Get(_probes), Rounds = call.Get(_rounds), Groups = call.Get(_rounds) == 0 ? [] : call.Get(_groups)!.Values,
                },
                decides is null ? null : () => decides.Begin(decidingNoise!));
            var results = new List<BudgetSearchResult?>();
            var watch = Stopwatch.StartNew();
            using var bar = new ProgressBar(call.Terminal, $"{mode} within budgets", 1000L * budgets.Length, "parts of a thousand");
            foreach (var budget in budgets)
            {
                using var log = Log(call, Invariant($"{mode}-{100 * budget:0.##}"));
                results.Add(search.Find(
                    new PlanBudget { AttentionFlops = budget }, new ShareProgress(done => bar.Report((long)(1000 * (results.Count + done)))), call.Cancellation, log));
                if (results.Count == 1)
                {
                    var calls = search.Scores!.ForwardEquivalents;
                    searches.Add(new SearchRow(scoring, calls * calibration.Blocks, calls, search.ScoringSeconds, SamePlan: null));
                }
            }

            var last = results.OfType<BudgetSearchResult>().LastOrDefault()?.ForwardEquivalents ?? search.Scores!.ForwardEquivalents;
            searches.Add(new SearchRow(mode, last * calibration.Blocks, last, watch.Elapsed.TotalSeconds, SamePlan: null));
            return (results, search.Scores!);
        }

        MeasuredPlan Judged(AttentionPlan plan) => judged[KeyOf(plan)];

        void Judge(int samples, string name, IEnumerable<AttentionPlan> plans)
        {
            using var log = Log(call, Invariant($"unseen-{samples}-{name}"));
            foreach (var plan in Measure(call, attached, calibration.Others(samples), [.. plans.DistinctBy(KeyOf)], log))
            {
                judged[KeyOf(plan.Plan)] = plan;
            }
        }

        MeasuredPlan? Best(IEnumerable<AttentionPlan> plans, double budget)
            => plans.Select(Judged).Where(plan => plan.Cost.Fraction <= budget).MaxBy(plan => plan.Psnr);
    }

    private static IReadOnlyList<MeasuredPlan> Measure(VerbCall call, AttachedModel attached, Calibration samples, AttentionPlan[] plans, SearchLog? log)
    {
        using var noise = samples.Noise();
        using var bar = new ProgressBar(call.Terminal, $"plans on {samples.Samples} unseen samples", 1000, "parts of a thousand");
        return MeasuredPlanSearch.Measure(
            attached,
            () => samples.Begin(noise),
            plans,
            samples.Sampler.RunRequest.Tokens!.Value,
            samples.Psnr,
            new ShareProgress(done => bar.Report((long)(done * 1000))),
            call.Cancellation,
            log);
    }

    private SearchLog? Log(VerbCall call, string name) => call.Get(_logs) is { } folder ? SearchLog.Open(Path.Combine(folder, $"{name}.jsonl"), resume: true) : null;

    private static string KeyOf(AttentionPlan plan) => string.Join('\n', plan.Rows.Select(row => string.Join(' ', row)));

    private static void Print(Terminal terminal, List<SearchRow> searches, List<BudgetRow> budgets)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("search", "block evaluations", "forward equivalents", "seconds", "same as naive");
        foreach (var row in searches)
        {
            table.AddRow(row.Mode, Invariant($"{row.BlockEvaluations:0}"), Invariant($"{row.ForwardEquivalents:0}"), Invariant($"{row.Seconds:0.0}"), row.SamePlan switch { true => "yes", false => "NO", _ => "" });
        }

        terminal.Write(table);
        table = new Table().Border(TableBorder.Simple).AddColumns("budget, %", "greedy, dB (%)", "periodic, dB (%)", "rows, dB", "planned, dB (%)", "worst, dB", "calibrated, dB", "planned is");
        var isJoint = budgets.Exists(row => row.JointPsnr is not null);
        if (isJoint)
        {
            table.AddColumns("everything periodic, dB", "joint, dB", "joint worst, dB");
        }

        foreach (var row in budgets)
        {
            string[] entries =
            [
                Invariant($"{row.Budget:0}"), Entry(row.GreedyPsnr, row.GreedyFlopsPercent), Entry(row.PeriodicPsnr, row.PeriodicFlopsPercent),
                Decibels(row.RowPsnr), Entry(row.PlannedPsnr, row.AttentionFlopsPercent),
                Decibels(row.WorstPsnr), Decibels(row.CalibrationPsnr), row.Planned ?? "-",
            ];
            table.AddRow(isJoint ? [.. entries, Decibels(row.EverythingPsnr), Decibels(row.JointPsnr), Decibels(row.JointWorstPsnr)] : entries);
        }

        terminal.Write(table);

        static string Decibels(double? psnr) => psnr is null ? "-" : Invariant($"{psnr:0.0}");

        static string Entry(double? psnr, double? flops) => psnr is null ? "-" : Invariant($"{psnr:0.0} ({flops:0.0})");
    }
}
