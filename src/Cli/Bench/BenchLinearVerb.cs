using System.CommandLine;
using System.Globalization;
using DiTFastAttn.Benchmarks.Linear;
using Spectre.Console;

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
                row.Layer, row.Dtype, Text($"{row.Tokens}"), Text($"{row.Inputs}"), Text($"{row.Outputs}"), Text($"{row.Threads}"), Text($"{1000 * row.SecondsMin:0.00}"),
                Text($"{row.Gflops:0.0}"), Text($"{row.FractionOfPeak:0.00}"), Text($"{row.Goal:0.00}{(row.GoalMet ? "" : ": missed")}"));
        }

        call.Terminal.Write(table);
        call.WriteJson(new BenchReport<LinearBenchmarkRow>(rows));
        return ExitStatus.Done;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
