using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using DiTFastAttn.Cli.Demo;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Cli.Search;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using Spectre.Console;

namespace DiTFastAttn.Cli.Bench;

/// <summary>
/// <c>bench search</c>: what the searches cost on the demo model, and what their plans are worth on samples that none was calibrated on.
/// </summary>
internal sealed class BenchSearchVerb : Verb
{
    private static readonly double[] Thresholds = [0.05, 0.1, 0.2, 0.4, 0.8];

    private readonly Option<int> _size = ValueOption.Integer(["--input-size"], "Resolution in pixels.", 32, 8, 512);

    private readonly Option<int> _steps = ValueOption.Integer(["--n-steps", "--n_steps"], "Denoising steps.", 20, 2, 1000);

    private readonly Option<int> _samples = ValueOption.Integer(["--n-calib", "--n_calib"], "Calibration samples.", 10, 1);

    private readonly Option<int> _unseen = ValueOption.Integer(["--unseen"], "Samples that the plans are judged by.", 30, 1);

    private readonly Option<int> _probes = ValueOption.Integer(["--probes"], "Probes of the row plans' adjoint.", 3, 1);

    public BenchSearchVerb()
        : base("search", "Measure the plan searches on the demo model: what they cost, and their plans on unseen samples at ten budgets.")
    {
        Add(_size);
        Add(_steps);
        Add(_samples);
        Add(_unseen);
        Add(_probes);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Seed);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        CpuThreads.Use(call);
        using var checkpoint = ModelInput.Load(ModelInput.Demo, call.Get(_size));
        using var attached = AttachedModel.Attach(checkpoint.Model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        var (steps, seed) = (call.Get(_steps), call.Get(CommonOptions.Seed));
        var calibration = new Calibration(checkpoint, steps, guidanceScale: 2, call.Get(_samples), seed);
        var unseen = new Calibration(checkpoint, steps, guidanceScale: 2, call.Get(_unseen), seed + 1_000_003);
        var searches = new List<SearchRow>();
        var greedy = SearchGreedily(call, attached, calibration, searches);
        var scores = ScoreRows(call, attached, calibration, checkpoint.Model.Config.Depth, searches);
        var budgets = CompareBudgets(call, attached, calibration, unseen, greedy, scores);
        Print(call.Terminal, searches, budgets);
        call.WriteJson(new SearchReport(searches, budgets));
        return ExitStatus.Done;
    }

    /// <summary>One threshold both ways, and the plans of all thresholds.</summary>
    private static List<AttentionPlan> SearchGreedily(VerbCall call, AttachedModel attached, Calibration calibration, List<SearchRow> rows)
    {
        var plans = new List<AttentionPlan>();
        using var noise = calibration.Noise();
        using var bar = new ProgressBar(call.Terminal, "greedy searches", Thresholds.Length + 1, "searches");
        var (naive, naiveSeconds) = Search(0.1, reusesBlocks: false);
        rows.Add(new SearchRow("naive", naive.BlockEvaluations, naive.ForwardEquivalents, naiveSeconds, SamePlan: true));
        foreach (var threshold in Thresholds)
        {
            bar.Report(plans.Count + 1);
            var (found, seconds) = Search(threshold, reusesBlocks: true);
            plans.Add(found.Plan);
            if (threshold == 0.1)
            {
                var same = found.Trials.SequenceEqual(naive.Trials) && found.Plan.Rows.Zip(naive.Plan.Rows).All(pair => pair.First.SequenceEqual(pair.Second));
                rows.Add(new SearchRow("reused", found.BlockEvaluations, found.ForwardEquivalents, seconds, same));
            }
        }

        return plans;

        (GreedySearchResult Result, double Seconds) Search(double threshold, bool reusesBlocks)
        {
            var watch = Stopwatch.StartNew();
            using var trajectory = calibration.Begin(noise);
            var options = new GreedySearchOptions { Threshold = threshold, ReusesBlocks = reusesBlocks };
            return (GreedyPlanSearch.Search(attached, trajectory, options, progress: null, call.Cancellation), watch.Elapsed.TotalSeconds);
        }
    }

    private RowScores ScoreRows(VerbCall call, AttachedModel attached, Calibration calibration, int blocks, List<SearchRow> rows)
    {
        var watch = Stopwatch.StartNew();
        using var noise = calibration.Noise();
        using var trajectory = calibration.Begin(noise);
        using var bar = new ProgressBar(call.Terminal, "row scores", 1000, "parts of a thousand");
        var scores = RowPlanSearch.Score(
            attached,
            trajectory,
            calibration.Sampler.RunRequest.Tokens!.Value,
            new RowSearchOptions { Probes = call.Get(_probes) },
            new Share(done => bar.Report((long)(done * 1000))),
            call.Cancellation);
        rows.Add(new SearchRow("adjoint", scores.ForwardEquivalents * blocks, scores.ForwardEquivalents, watch.Elapsed.TotalSeconds, SamePlan: null));
        return scores;
    }

    private static List<BudgetRow> CompareBudgets(
        VerbCall call, AttachedModel attached, Calibration calibration, Calibration unseen, List<AttentionPlan> greedy, RowScores scores)
    {
        double[] budgets = [.. Enumerable.Range(0, 10).Select(i => 0.2 + (0.7 * i / 9))];
        var request = calibration.Sampler.RunRequest;
        var periodic = PeriodicPlans.Of(attached, request.Guidance, request.Steps, GreedySearchOptions.PaperCandidates, [2, 3, 4, 6]);
        var rowPlans = budgets.Select(scores.FindPlan).ToArray();
        AttentionPlan[] all = [.. greedy, .. periodic, .. rowPlans.OfType<AttentionPlan>()];
        var calibrated = Measure(calibration, "plans on the calibration samples");
        var judged = Measure(unseen, "plans on unseen samples");
        return [.. budgets.Select((budget, i) =>
        {
            var ofGreedy = Within(greedy, budget);
            var ofPeriodic = Within(periodic, budget);
            var row = rowPlans[i] is { } plan ? Array.IndexOf(all, plan) : -1;
            var planned = new[] { ofGreedy, ofPeriodic, row }.Where(index => index >= 0).DefaultIfEmpty(-1).MaxBy(index => index < 0 ? 0 : calibrated[index].Psnr);
            return planned < 0 ? null : new BudgetRow(
                100 * budget, Flops(planned)!.Value, Psnr(ofGreedy), Flops(ofGreedy), Psnr(ofPeriodic), Flops(ofPeriodic), Psnr(row), Psnr(planned)!.Value,
                planned == row ? "rows" : all[planned].Origin.Method);
        }).OfType<BudgetRow>()];

        // The best on the calibration samples: what a user could know.
        int Within(IReadOnlyList<AttentionPlan> plans, double budget) => Enumerable.Range(0, all.Length)
            .Where(index => plans.Contains(all[index]) && calibrated[index].Cost.Fraction <= budget)
            .DefaultIfEmpty(-1).MaxBy(index => index < 0 ? 0 : calibrated[index].Psnr);

        double? Psnr(int index) => index < 0 ? null : judged[index].Psnr;

        double? Flops(int index) => index < 0 ? null : 100 * judged[index].Cost.Fraction;

        IReadOnlyList<MeasuredPlan> Measure(Calibration samples, string what)
        {
            using var noise = samples.Noise();
            using var bar = new ProgressBar(call.Terminal, what, 1000, "parts of a thousand");
            return MeasuredPlanSearch.Measure(
                attached, () => samples.Begin(noise), all, request.Tokens!.Value, DemoPlan.PicturePsnr, new Share(done => bar.Report((long)(done * 1000))), call.Cancellation);
        }
    }

    private static void Print(Terminal terminal, List<SearchRow> searches, List<BudgetRow> budgets)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("search", "block evaluations", "forward equivalents", "seconds", "same as naive");
        foreach (var row in searches)
        {
            table.AddRow(row.Mode, Text($"{row.BlockEvaluations:0}"), Text($"{row.ForwardEquivalents:0}"), Text($"{row.Seconds:0.0}"), row.SamePlan switch { true => "yes", false => "NO", _ => "" });
        }

        terminal.Write(table);
        table = new Table().Border(TableBorder.Simple).AddColumns("budget, %", "greedy, dB (%)", "periodic, dB (%)", "rows, dB", "planned, dB (%)", "planned is");
        foreach (var row in budgets)
        {
            table.AddRow(
                Text($"{row.Budget:0}"), Entry(row.GreedyPsnr, row.GreedyFlopsPercent), Entry(row.PeriodicPsnr, row.PeriodicFlopsPercent),
                row.RowPsnr is { } psnr ? Text($"{psnr:0.0}") : "-", Entry(row.PlannedPsnr, row.AttentionFlopsPercent), row.Planned);
        }

        terminal.Write(table);

        static string Entry(double? psnr, double? flops) => psnr is null ? "-" : Text($"{psnr:0.0} ({flops:0.0})");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Share(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
