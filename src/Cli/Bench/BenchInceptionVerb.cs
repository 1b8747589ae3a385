using System.CommandLine;
using DiTFastAttn.Benchmarks;
using DiTFastAttn.Evaluation;
using DiTFastAttn.Models;
using Spectre.Console;
using static System.FormattableString;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench inception</c>: the FID network, with weights by formula, against the machine's own rate.</summary>
internal sealed class BenchInceptionVerb : Verb
{
    private const int Side = 299;

    private readonly Option<ValueList<int>> _batches = ValueOption.Integers(["--batch"], "Pictures at a time.", [1, 8], 1);

    private readonly Option<int> _rounds = ValueOption.Integer(["--rounds"], "Batches that are measured.", 5, 1);

    public BenchInceptionVerb()
        : base("inception", "Measure the FID network for a picture against the machine's own rate of multiply-adds.")
    {
        Add(_batches);
        Add(_rounds);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Seed);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        TorchUse.Of(call);
        var threads = get_num_threads();
        using var noGrad = no_grad();
        using var network = new InceptionNetwork();
        FormulaWeights.Fill(network);
        var operations = 2 * InceptionOperations.Of(network) / 1e9;
        List<InceptionRow> rows = [];
        foreach (var batch in call.Get(_batches)!.Values)
        {
            using var input = randn(batch, 3, Side, Side);
            var (peak, onePeak) = (MachineRate.OfCpu(threads), MachineRate.OfCpu(1));
            var processor = double.PositiveInfinity;
            var times = Stopwatches.TakeTurns([Forward], call.Get(_rounds), 0, call.Cancellation)[0];
            peak.MeasureAgain();
            onePeak.MeasureAgain();
            var rate = operations * batch / times[0];
            rows.Add(new InceptionRow(
                batch, threads, times[0] / batch, Stopwatches.MedianOf(times) / batch, processor / batch, operations, rate, peak.Gflops, rate / peak.Gflops, operations * batch / processor / onePeak.Gflops));

            void Forward()
            {
                var before = Environment.CpuUsage.TotalTime;
                network.forward(input).Dispose();
                processor = Math.Min(processor, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
            }
        }

        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("pictures at a time", "threads", "ms a picture", "processor, ms", "GFLOP a picture", "GFLOP/s", "of float32 peak", "by processor time");
        foreach (var row in rows)
        {
            table.AddRow(
                Invariant($"{row.Batch}"), Invariant($"{row.Threads}"), Invariant($"{1000 * row.SecondsAPictureMin:0.0}"), Invariant($"{1000 * row.ProcessorSecondsAPicture:0.0}"), Invariant($"{row.GflopAPicture:0.00}"), Invariant($"{row.Gflops:0.0}"),
                Invariant($"{row.FractionOfPeak:0.00}"), Invariant($"{row.FractionOfPeakByProcessor:0.00}"));
        }

        call.Terminal.Write(table);
        call.WriteJson(new BenchReport<InceptionRow>(rows));
        return ExitStatus.Done;
    }
}
