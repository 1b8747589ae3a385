using System.CommandLine;
using DiTFastAttn.Benchmarks.Linear;
using Spectre.Console;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench linear</c>: the linear layers of a DiT-XL/2 block against the machine's own rate.</summary>
internal sealed class BenchLinearVerb : Verb
{
    private readonly Option<int> _tokens = ValueOption.Integer(["--tokens"], "Rows of the input.", 2048, 1);

    private readonly Option<double> _seconds = ValueOption.Number(["--seconds"], "Measure each element type at least so long.", 3, 0);

    public BenchLinearVerb()
        : base("linear", "Measure the linear layers of a DiT-XL/2 block against the machine's own rate of multiply-adds.")
    {
        Add(_tokens);
        Add(_seconds);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        CpuThreads.Use(call);
        var rows = LinearBenchmark.Run(call.Get(_tokens), TorchSharp.torch.get_num_threads(), call.Get(_seconds), call.Cancellation);
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("layer", "type", "tokens", "inputs", "outputs", "threads", "ms", "GFLOP/s", "of float32 peak", "goal");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Layer, row.Dtype, Invariant($"{row.Tokens}"), Invariant($"{row.Inputs}"), Invariant($"{row.Outputs}"), Invariant($"{row.Threads}"), Invariant($"{1000 * row.SecondsMin:0.00}"),
                Invariant($"{row.Gflops:0.0}"), Invariant($"{row.FractionOfPeak:0.00}"), Invariant($"{row.Goal:0.00}{(row.GoalMet ? "" : ": missed")}"));
        }

        call.Terminal.Write(table);
        call.WriteJson(new BenchReport<LinearBenchmarkRow>(rows));
        return ExitStatus.Done;
    }
}
