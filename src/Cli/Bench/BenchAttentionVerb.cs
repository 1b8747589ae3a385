using System.CommandLine;
using DiTFastAttn.Benchmarks.Attention;
using DiTFastAttn.Cli.Study;
using Spectre.Console;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench attention</c>: kernels and strategies against the machine's own rate and against full attention.</summary>
internal sealed class BenchAttentionVerb : Verb
{
    private static readonly string[] KnownStrategies = 
        ["full", "wa", "full+wa", "arrow", "joint", "masked", "grouped", "cross-77", "cross-300", "wars", "asc", "wars+asc", "ast"];

    // d = 1152, as DiT-XL/2 and PixArt have it.
    private const int Table2Heads = 16;
    private const int Table2HeadWidth = 72;

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

    private readonly Option<bool> _table2 = new("--paper-table")
    {
        Description = "The rows of the paper's Table 2 beside its figures: whole sites of 16 heads of 72 at 1024, 4096 and 16384 tokens; some minutes.",
    };

    private readonly Option<double> _seconds = ValueOption.Number(["--seconds"], "Measure each shape at least so long.", 2, 0);

    public BenchAttentionVerb()
        : base("attention", "Measure attention kernels and strategies against the machine's own rate of multiply-adds.")
    {
        Add(_table2);
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
            Strategies = call.Get(_table2) ? ["full", .. PaperFigures.Table2.Select(row => row.Strategy).Distinct()] : call.Get(_strategies)!.Values,
            Layers = call.Get(_table2) ? ["site"] : call.Get(_layers)!.Values,
            Device = torch.Device,
            Dtype = torch.Dtype,
            MoreCases = SiteCase.All,
            MinimumSeconds = call.Get(_seconds),
        };
        AttentionBenchmarkRow[] rows = [.. Measure(call, options).Select(BesideTable2)];
        call.Terminal.Write(TableOf(rows));
        call.WriteJson(new BenchReport<AttentionBenchmarkRow>(rows));
        return ExitStatus.Done;
    }

    private static IReadOnlyList<AttentionBenchmarkRow> Measure(VerbCall call, AttentionBenchmarkOptions options)
    {
        using var bar = new ProgressBar(call.Terminal, "bench attention", options.Shapes.Count * options.Threads.Count, "settings");
        return AttentionBenchmark.Run(options, new Progress(bar), call.Cancellation);
    }

    private static AttentionBenchmarkRow BesideTable2(AttentionBenchmarkRow row)
    {
        if (row is not { Layer: "site", Heads: Table2Heads, HeadWidth: Table2HeadWidth })
        {
            return row;
        }

        var paper = PaperFigures.Table2.FirstOrDefault(paper => paper.Strategy == row.Strategy && paper.Tokens == row.Length);
        return paper.Strategy is null ? row : row with { PaperFlopsPercent = paper.Flops, PaperLatencyPercent = paper.Latency };
    }

    private static Table TableOf(IReadOnlyList<AttentionBenchmarkRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("tokens", "batch", "heads", "width", "layer", "strategy", "kernel", "threads");
        foreach (var name in new[] { "ms", "GFLOP/s", "of peak", "FLOPs", "latency" })
        {
            table.AddColumn(new TableColumn(name).RightAligned());
        }

        var isTable2 = rows.Any(row => row.PaperLatencyPercent is not null);
        if (isTable2)
        {
            table.AddColumn("paper: FLOPs, latency");
        }

        table.AddColumn("goal");
        foreach (var row in rows)
        {
            string[] cells =
            [
                Invariant($"{row.Length}"), Invariant($"{row.Batch}"), Invariant($"{row.Heads}"), Invariant($"{row.HeadWidth}"), row.Layer, row.Strategy, row.Kernel, Invariant($"{row.Threads}"),
                Invariant($"{1000 * row.SecondsMin:0.00}"), Invariant($"{row.Gflops:0.0}"), Invariant($"{row.FractionOfPeak:0.00}"),
                Invariant($"{row.FlopsPercent:0.0} %"), Invariant($"{row.LatencyPercent:0.0} %"),
                .. isTable2 ? [row.PaperLatencyPercent is null ? "" : Invariant($"{row.PaperFlopsPercent} %, {row.PaperLatencyPercent} %")] : Array.Empty<string>(),
                row.Goal is null ? "" : row.Goal + (row.GoalMet == true ? "" : ": missed"),
            ];
            table.AddRow(cells);
        }

        return table;
    }

    private IEnumerable<AttentionBenchmarkShape> Shapes(VerbCall call) => call.Get(_table2)
        ? PaperFigures.Table2.Select(row => row.Tokens).Distinct().Select(length => new AttentionBenchmarkShape(call.Get(_batch), Table2Heads, length, Table2HeadWidth))
        : from length in call.Get(_lengths)!.Values
          from width in call.Get(_headWidths)!.Values
          select new AttentionBenchmarkShape(call.Get(_batch), call.Get(_heads) ?? Math.Clamp(8 * 1024 / length, 1, 8), length, width);

    private sealed class Progress(ProgressBar bar) : IProgress<AttentionBenchmarkProgress>
    {
        public void Report(AttentionBenchmarkProgress value) => bar.Report(value.Done, value.Current);
    }
}
