using System.CommandLine;
using DiTFastAttn.Benchmarks;
using DiTFastAttn.Cli.Demo;
using DiTFastAttn.Models;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using Spectre.Console;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench sample</c>: whole model calls, all attention in full, on our kernel and on torch's attention.</summary>
internal sealed class BenchSampleVerb : Verb
{
    private readonly Option<int> _batch = ValueOption.Integer(["--batch"], "Samples, both guidance halves.", 4, 1);

    private readonly Option<double> _seconds = ValueOption.Number(["--seconds"], "Measure each model at least so long.", 5, 0);

    public BenchSampleVerb()
        : base("sample", "Measure calls of the demo model and of a DiT-XL/2 block: all attention in full, on our kernel and on torch's.")
    {
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
        var use = TorchUse.Of(call);
        using var noGrad = no_grad();
        List<ForwardRow> rows = [];
        using (var demo = DemoModel.Load())
        {
            rows.Add(Measure(call, use, "shapes-dit", demo.Model));
        }

        using (var block = new MetaDiT(new MetaDiTConfig { Depth = 1, InputSize = 64 }))
        {
            rows.Add(Measure(call, use, "dit-xl-2 block", block));
        }

        Print(call.Terminal, rows, use);
        call.WriteJson(new BenchReport<ForwardRow>(rows));
        return ExitStatus.Done;
    }

    private ForwardRow Measure(VerbCall call, TorchUse use, string name, MetaDiT model)
    {
        model.to(use.Device, use.Dtype);
        model.eval();
        var batch = call.Get(_batch);
        var (geometry, threads) = (model.Geometry, get_num_threads());
        using var scope = NewDisposeScope();
        var x = randn([batch, geometry.InChannels, geometry.InputSize, geometry.InputSize]).to(use.Dtype, use.Device);
        var t = full([batch], 500f).to(use.Dtype, use.Device);
        var y = zeros([batch], ScalarType.Int64, use.Device);
        Action forward = () => Forward(model, x, t, y);
        var peak = MachineRate.Measure(use.Device, use.Dtype, threads);
        var times = Stopwatches.TakeTurns(
            [() => WithKernel(model, forward), forward], 3, call.Get(_seconds), call.Cancellation);
        peak = Math.Max(peak, MachineRate.Measure(use.Device, use.Dtype, threads));
        var gflops = Operations(model, batch) / times[0][0] / 1e9;
        return new ForwardRow(
            name, use.Dtype.ToString().ToLowerInvariant(), batch, geometry.Tokens, threads, times[0][0], Stopwatches.MedianOf(times[0]), times[1][0],
            times[1][0] / times[0][0], gflops, peak, gflops / peak);
    }

    private static void Forward(MetaDiT model, Tensor x, Tensor t, Tensor y)
    {
        model.forward(x, t, y).Dispose();
        if (x.device_type == DeviceType.CUDA)
        {
            cuda.synchronize(x.device);
        }
    }

    // Attaching costs microseconds, a model call milliseconds.
    private static void WithKernel(MetaDiT model, Action forward)
    {
        using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        forward();
    }

    /// <summary>Linear layers and attention of the blocks: 2·B·L·(12·d² + 2·L·d) a block; a token is d wide, its feed-forward 4·d.</summary>
    private static double Operations(MetaDiT model, long batch)
    {
        double width = model.Config.HiddenSize;
        double tokens = model.Geometry.Tokens;
        return 2 * model.Config.Depth * batch * tokens * ((12 * width * width) + (2 * tokens * width));
    }

    private static void Print(Terminal terminal, List<ForwardRow> rows, TorchUse use)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("model", "type", "batch", "tokens", "threads", "our kernel, ms", "torch's, ms", "speed-up", "GFLOP/s", use.Device.type == DeviceType.CPU ? "of float32 peak" : "of a matrix product");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Model, row.Dtype, Invariant($"{row.Batch}"), Invariant($"{row.Tokens}"), Invariant($"{row.Threads}"), Invariant($"{1000 * row.SecondsMin:0.0}"),
                Invariant($"{1000 * row.TorchSecondsMin:0.0}"), Invariant($"{row.Speedup:0.00}"), Invariant($"{row.Gflops:0.0}"), Invariant($"{row.FractionOfPeak:0.00}"));
        }

        terminal.Write(table);
    }
}
