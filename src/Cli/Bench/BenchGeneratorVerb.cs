using System.CommandLine;
using DiTFastAttn.Benchmarks.Generator;
using Spectre.Console;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench generator</c>: what the source generators take for a program with many sites, from nothing and after an edit.</summary>
internal sealed class BenchGeneratorVerb : Verb
{
    private readonly Option<int> _sites = ValueOption.Integer(["--sites"], "Attention sites of the program.", 10_000, 1);

    private readonly Option<int> _sitesOfAClass = ValueOption.Integer(["--sites-of-a-class"], "Sites of a class; each class has its own file.", 10, 1);

    private readonly Option<int> _rounds = ValueOption.Integer(["--rounds"], "How often to generate from nothing, with edits after each.", 5, 1);

    public BenchGeneratorVerb()
        : base("generator", "Measure the source generators on a program with many attention sites.")
    {
        Add(_sites);
        Add(_sitesOfAClass);
        Add(_rounds);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        if (AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is not string { Length: > 0 })
        {
            throw new MachineLacksException("bench generator: it compiles against .NET's own assemblies, and this copy of the program is one file; run it by ./ditfast in a clone.");
        }

        var options = new GeneratorBenchmarkOptions { Sites = call.Get(_sites), SitesOfAClass = call.Get(_sitesOfAClass), Rounds = call.Get(_rounds) };
        var rows = Measure(call, options);
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("what", "sites", "classes", "ms (min)", "ms (median)", "finding attributes only, ms", "ratio", "limit, ms");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Action, Invariant($"{row.Sites}"), Invariant($"{row.Classes}"), Invariant($"{1000 * row.SecondsMin:0.0}"), Invariant($"{1000 * row.SecondsMedian:0.0}"),
                Invariant($"{1000 * row.YardstickSecondsMin:0.0}"), Invariant($"{row.Ratio:0.00}"), Invariant($"{1000 * row.LimitSeconds:0}{(row.IsWithinLimit ? "" : " missed")}"));
        }

        call.Terminal.Write(table);
        call.WriteJson(new BenchReport<GeneratorBenchmarkRow>(rows));
        return rows.All(row => row.IsWithinLimit) ? ExitStatus.Done : ExitStatus.CheckFailed;
    }

    private static IReadOnlyList<GeneratorBenchmarkRow> Measure(VerbCall call, GeneratorBenchmarkOptions options)
    {
        using var bar = new ProgressBar(call.Terminal, "bench generator", options.Rounds + 2, "rounds");
        return GeneratorBenchmark.Run(options, new Progress(bar), call.Cancellation);
    }

    private sealed class Progress(ProgressBar bar) : IProgress<int>
    {
        public void Report(int value) => bar.Report(value);
    }
}
