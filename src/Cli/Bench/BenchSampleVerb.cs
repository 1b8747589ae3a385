using System.CommandLine;
using DiTFastAttn.Benchmarks;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using Spectre.Console;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench sample</c>: whole model calls: on torch's attention, in full on our kernel, and by a plan that leaves about as much as the paper's D6.</summary>
internal sealed class BenchSampleVerb : Verb
{
    // Leaves 29 % of the attention at 16384 tokens, 35 % at 1024; D6 leaves 24 % and 34 % there.
    private static readonly string[] PlanSteps = ["full", "ast", "wars+asc", "ast"];

    private readonly Option<ValueList<string>> _models = ValueOption.Choices(
        ["--model"], "Models; those of published sizes have random weights. At 28 blocks one of these takes minutes a call on a CPU.", ["shapes-dit", "dit-xl-2-block"],
        [.. SampleModel.Names]);

    private readonly Option<int> _batch = ValueOption.Integer(["--batch"], "Samples, both guidance halves.", 4, 2);

    private readonly Option<double> _seconds = ValueOption.Number(["--seconds"], "Measure each model at least so long.", 5, 0);

    public BenchSampleVerb()
        : base("sample", "Measure whole model calls: on torch's attention, in full on our kernel, and by a plan that leaves about as much as the paper's D6.")
    {
        Add(_models);
        Add(_batch);
        Add(_seconds);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Device);
        Add(CommonOptions.Dtype);
        Add(CommonOptions.Seed);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        if (call.Get(_batch) % 2 != 0)
        {
            throw new UserErrorException(Invariant($"--batch {call.Get(_batch)}: it holds both halves of guidance; give an even number."));
        }

        var use = TorchUse.Of(call);
        using var noGrad = no_grad();
        List<ForwardRow> rows = [];
        foreach (var name in call.Get(_models)!.Values)
        {
            using var model = SampleModel.Make(name, use, call.Get(_batch));
            rows.Add(Measure(call, use, model));
        }

        Print(call.Terminal, rows, use);
        call.WriteJson(new BenchReport<ForwardRow>(rows));
        return ExitStatus.Done;
    }

    private ForwardRow Measure(VerbCall call, TorchUse use, SampleModel model)
    {
        var threads = get_num_threads();
        var rate = MachineRate.Of(use.Device, use.Dtype, threads);
        var times = Stopwatches.TakeTurns([() => InFull(model), model.Call, () => ByPlan(model)], 3, call.Get(_seconds), call.Cancellation);
        rate.MeasureAgain();
        var peak = rate.Gflops;
        var gflops = model.Operations / times[0][0] / 1e9;
        var planned = times[2][0] / PlanSteps.Length;
        return new ForwardRow(
            model.Name, use.Dtype.ToString().ToLowerInvariant(), model.Batch, model.Tokens, threads, times[0][0], Stopwatches.MedianOf(times[0]), times[1][0],
            times[1][0] / times[0][0], gflops, peak, gflops / peak, planned, times[0][0] / planned);
    }

    // Attaching costs microseconds, a model call milliseconds.
    private static void InFull(SampleModel model)
    {
        using var attached = Attach(model);
        model.Call();
    }

    private static void ByPlan(SampleModel model)
    {
        using var attached = Attach(model);
        using var run = attached.BeginRun(
            AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, PlanSteps, AttentionWindow.Paper), new RunRequest(PlanSteps.Length, Guidance.ConditionalFirst));
        foreach (var _ in PlanSteps)
        {
            using (run.Step())
            {
                model.Call();
            }
        }
    }

    private static AttachedModel Attach(SampleModel model) => AttachedModel.Attach(model.Module, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);

    private static void Print(Terminal terminal, List<ForwardRow> rows, TorchUse use)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns(
            "model", "type", "batch", "tokens", "threads", "our kernel, ms", "torch's, ms", "speed-up", "GFLOP/s", use.Device.type == DeviceType.CPU ? "of float32 peak" : "of a matrix product",
            "a step of the plan, ms", "over full");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Model, row.Dtype, Invariant($"{row.Batch}"), Invariant($"{row.Tokens}"), Invariant($"{row.Threads}"), Invariant($"{1000 * row.SecondsMin:0.0}"),
                Invariant($"{1000 * row.TorchSecondsMin:0.0}"), Invariant($"{row.Speedup:0.00}"), Invariant($"{row.Gflops:0.0}"), Invariant($"{row.FractionOfPeak:0.00}"),
                Invariant($"{1000 * row.PlanSeconds:0.0}"), Invariant($"{row.PlanSpeedup:0.00}"));
        }

        terminal.Write(table);
    }
}
