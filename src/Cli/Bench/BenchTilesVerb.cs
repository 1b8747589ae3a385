using System.CommandLine;
using DiTFastAttn.Benchmarks.Attention;
using DiTFastAttn.Processors.Kernels;
using Spectre.Console;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench tiles</c>: how many keys the kernel should take at a time here, and keeps the best.</summary>
internal sealed class BenchTilesVerb : Verb
{
    // Less than this is noise, and then the default stays.
    private const double SmallestGain = 1.02;

    private static readonly AttentionBenchmarkShape[] Shapes = [new(2, 8, 1024, 72), new(2, 2, 4096, 64), new(8, 16, 350, 72)];

    private readonly Option<double> _seconds = ValueOption.Number(["--seconds"], "Measure each shape and size at least so long.", 2, 0);

    private readonly Option<bool> _keep = new("--keep") { Description = "Keep the best for this processor, in the user's cache folder." };

    public BenchTilesVerb()
        : base("tiles", "Measure sizes of the kernel's blocks of keys, and keep the best for this processor.")
    {
        Add(_seconds);
        Add(_keep);
        Add(CommonOptions.Seed);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        TorchUse.Of(call);
        var set = CpuAttentionKernel.BestInstructionSet;
        using var bar = new ProgressBar(call.Terminal, "bench tiles", TileTuning.KeyBlocks.Count, "sizes");
        List<TileRow> rows = [];
        foreach (var block in TileTuning.KeyBlocks)
        {
            bar.Report(rows.Count, Invariant($"{block} keys"));
            rows.Add(Measure(call, new CpuAttentionKernel(set, block)));
        }

        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("keys", "of peak, mean of the shapes", "");
        var best = Best(rows);
        foreach (var row in rows)
        {
            table.AddRow(
                Invariant($"{row.KeyBlock}"), Invariant($"{row.FractionOfPeak:0.000}"),
                string.Join(", ", new[] { row == best ? "best" : "", row.KeyBlock == TileTuning.KeyBlockOf(set) ? "in use" : "" }.Where(text => text.Length > 0)));
        }

        call.Terminal.Write(table);
        if (call.Get(_keep))
        {
            TileTuning.Keep(set, best.KeyBlock);
            call.Terminal.Line(Invariant($"{best.KeyBlock} keys kept in {TileTuning.FilePath} for {TileTuning.Processor}."));
        }

        call.WriteJson(new BenchReport<TileRow>(rows));
        return ExitStatus.Done;
    }

    private TileRow Measure(VerbCall call, CpuAttentionKernel kernel)
    {
        var rows = AttentionBenchmark.Run(
            new AttentionBenchmarkOptions { Shapes = Shapes, Strategies = ["full"], Layers = ["kernel"], Kernel = kernel, MinimumSeconds = call.Get(_seconds) }, null, call.Cancellation);
        // The geometric mean: no shape counts more for being large.
        return new TileRow(kernel.KeyBlock, kernel.Name, Math.Exp(rows.Average(row => Math.Log(row.FractionOfPeak))));
    }

    private static TileRow Best(List<TileRow> rows)
    {
        var best = rows.MaxBy(row => row.FractionOfPeak)!;
        var usual = rows.First(row => row.KeyBlock == TileTuning.DefaultKeyBlock);
        return best.FractionOfPeak > SmallestGain * usual.FractionOfPeak ? best : usual;
    }
}
