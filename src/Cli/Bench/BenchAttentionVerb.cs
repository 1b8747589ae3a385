using System.CommandLine;
using DiTFastAttn.Benchmarks.Attention;
using Spectre.Console;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench attention</c>: kernels and strategies against the machine's own rate and against full attention.</summary>
internal sealed class BenchAttentionVerb : Verb
{
    private static readonly string[] KnownStrategies = 
        ["full", "wa", "full+wa", "arrow", "joint", "masked", "grouped", "cross-77", "cross-300", "wars", "asc", "wars+asc", "ast"];

    private readonly Option<ValueList<int>> _lengths = ValueOption.Integers(["--length"], "Tokens.", [1024, 4096], 1);

    private readonly Option<ValueList<int>> _headWidths = ValueOption.Integers(["--head-width"], "Widths of a head.", [64, 72], 1);

    private readonly Option<int?> _heads = ValueOption.OptionalInteger(["--heads"], "Heads; 8 at 1024 tokens and fewer at more where not given.", 1);

    private readonly Option<int> _batch = ValueOption.Integer(["--batch"], "Samples; two guidance halves where the number is even.", 2, 1);

    private readonly Option<ValueList<string>> _strategies = ValueOption.Choices(
        ["--strategy"], "Strategies; full is always measured, the others are compared with it.", KnownStrategies, KnownStrategies);

    private readonly Option<ValueList<string>> _layers = ValueOption.Choices(
        ["--layer"], "kernel: attention alone; site: with its projections.", ["kernel", "site"], "kernel", "site");

    private readonly Option<ValueList<int>> _threads = ValueOption.Integers(
        ["--threads"], "Numbers of CPU threads, each measured on every shape.", [1], 1, CpuThreads.Most);

    private readonly Option<double> _seconds = ValueOption.Number(["--seconds"], "Measure each shape at least so long.", 2, 0);

    public BenchAttentionVerb()
        : base("attention", "Measure attention kernels and strategies against the machine's own rate of multiply-adds.")
    {
        Add(_lengths);
        Add(_headWidths);
        Add(_heads);
        Add(_batch);
        Add(_strategies);
        Add(_layers);
        Add(_threads);
        Add(_seconds);
        Add(CommonOptions.WindowSize);
        Add(CommonOptions.Device);
        Add(CommonOptions.Dtype);
        Add(CommonOptions.Seed);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var torch = TorchUse.Of(call);
        var options = new AttentionBenchmarkOptions
        {
            Shapes = [.. Shapes(call)],
            Threads = call.Get(_threads)!.Values,
            Window = call.Get(CommonOptions.WindowSize) is { } window ? AttentionWindow.Tokens(window) : AttentionWindow.Paper,
            Strategies = call.Get(_strategies)!.Values,
            Layers = call.Get(_layers)!.Values,
            Device = torch.Device,
            Dtype = torch.Dtype,
            MoreCases = SiteCase.All,
            MinimumSeconds = call.Get(_seconds),
        };
        var rows = Measure(call, options);
        call.Terminal.Write(TableOf(rows));
        call.WriteJson(new BenchReport<AttentionBenchmarkRow>(rows));
        return ExitStatus.Done;
    }

    private static IReadOnlyList<AttentionBenchmarkRow> Measure(VerbCall call, AttentionBenchmarkOptions options)
    {
        using var bar = new ProgressBar(call.Terminal, "bench attention", options.Shapes.Count * options.Threads.Count, "settings");
        return AttentionBenchmark.Run(options, new Progress(bar), call.Cancellation);
    }

    private static Table TableOf(IEnumerable<AttentionBenchmarkRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("tokens", "batch", "heads", "width", "layer", "strategy", "kernel", "threads");
        foreach (var name in new[] { "ms", "GFLOP/s", "of peak", "FLOPs", "latency" })
        {
            table.AddColumn(new TableColumn(name).RightAligned());
        }

        table.AddColumn("goal");
        foreach (var row in rows)
        {
            table.AddRow(
                Invariant($"{row.Length}"), Invariant($"{row.Batch}"), Invariant($"{row.Heads}"), Invariant($"{row.HeadWidth}"), row.Layer, row.Strategy, row.Kernel, Invariant($"{row.Threads}"),
                Invariant($"{1000 * row.SecondsMin:0.00}"), Invariant($"{row.Gflops:0.0}"), Invariant($"{row.FractionOfPeak:0.00}"),
                Invariant($"{row.FlopsPercent:0.0} %"), Invariant($"{row.LatencyPercent:0.0} %"),
                row.Goal is null ? "" : row.Goal + (row.GoalMet == true ? "" : ": missed"));
        }

        return table;
    }

    private IEnumerable<AttentionBenchmarkShape> Shapes(VerbCall call)
        => from length in call.Get(_lengths)!.Values
           from width in call.Get(_headWidths)!.Values
           select new AttentionBenchmarkShape(call.Get(_batch), call.Get(_heads) ?? Math.Clamp(8 * 1024 / length, 1, 8), length, width);

    private sealed class Progress(ProgressBar bar) : IProgress<AttentionBenchmarkProgress>
    {
        public void Report(AttentionBenchmarkProgress value) => bar.Report(value.Done, value.Current);
    }
}
