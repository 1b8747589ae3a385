using System.CommandLine;
using System.Diagnostics;
using DiTFastAttn.Benchmarks;
using DiTFastAttn.Cli.Generate;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Models;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using Spectre.Console;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench video</c>: calls of STDiT2-XL/2 with formula weights, in full and by a plan.</summary>
internal sealed class BenchVideoVerb : Verb
{
    private const int TextTokens = 200;

    // As many steps of each as leave about what D6 leaves of the attention's FLOPs.
    private static readonly string[] PlanSteps = ["full", "ast", "wars+asc", "ast"];

    private readonly Option<int> _depth = ValueOption.Integer(["--depth"], "Blocks of the model; 28 is the released one's.", 28, 1, 28);

    private readonly Option<int> _rounds = ValueOption.Integer(["--rounds"], "Measure everything so often.", 1, 1);

    public BenchVideoVerb()
        : base("video", "Measure calls of OpenSora's STDiT2-XL/2 with formula weights, in full and by a plan that leaves a third of the spatial attention.")
    {
        Add(_depth);
        Add(_rounds);
        Add(VideoOptions.Frames);
        Add(VideoOptions.Resolution);
        Add(VideoOptions.Aspect);
        Add(VideoOptions.Fps);
        Add(CommonOptions.WindowSize);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        CpuThreads.Use(call);
        var size = VideoOptions.Size(call);
        var config = new STDiTConfig { Depth = call.Get(_depth) };
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = STDiTModel.Create(config);
        FormulaWeights.Fill(model);
        FormulaWeights.Fill(model, ["y_embedder.y_embedding"]);
        model.eval();
        using var sizes = size.Sizes(1);
        using var generator = new Generator(0);
        var input = new STDiTInput(
            randn(size.LatentShape(2), generator: generator), full([2], 500f), randn([2, 1, TextTokens, config.CaptionChannels], generator: generator)) { Sizes = sizes };
        var rows = Measure(call, model, size, input);
        Print(call.Terminal, rows);
        call.WriteJson(new BenchReport<VideoRow>(rows));
        return ExitStatus.Done;
    }

    private List<VideoRow> Measure(VerbCall call, STDiTModel model, VideoConditioning size, STDiTInput input)
    {
        var threads = get_num_threads();
        var window = call.Get(CommonOptions.WindowSize) is { } tokens ? AttentionWindow.Tokens(tokens) : AttentionWindow.Paper;
        var unattached = new List<Spent>();
        var inFull = new List<Spent>();
        var steps = PlanSteps.Select(_ => new List<Spent>()).ToArray();
        var (peak, onePeak) = (MachineRate.OfCpu(threads), MachineRate.OfCpu(1));
        using var bar = new ProgressBar(call.Terminal, "bench video", (long)call.Get(_rounds) * (2 + PlanSteps.Length), "calls");
        var done = 0L;
        for (var round = 0; round < call.Get(_rounds); round++)
        {
            unattached.Add(Spend(() => model.forward(input)));
            using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Default, window);
            inFull.Add(Spend(() => model.forward(input)));
            using var run = attached.BeginRun(PlanOf(attached, window), new RunRequest(PlanSteps.Length, Guidance.ConditionalFirst));
            foreach (var step in steps)
            {
                step.Add(Spend(() =>
                {
                    using (run.Step())
                    {
                        return model.forward(input);
                    }
                }));
            }

            peak.MeasureAgain();
            onePeak.MeasureAgain();
        }

        using var costs = AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Default, window);
        var shapes = new VideoShapes(model.Config, size, 2, TextTokens);
        var operations = 2 * (double)MultiplyAccumulates(model.Config, size);
        List<VideoRow> rows = [Row("torch's attention", unattached, 100, operations), Row("full", inFull, 100, operations)];
        rows.AddRange(PlanSteps.Select((strategy, step) => Row($"step {step} of the plan: {strategy}", steps[step], 100 * Left([strategy]), operations: null)));
        List<Spent> means = [.. Enumerable.Range(0, inFull.Count).Select(round => new Spent(steps.Average(step => step[round].Seconds), steps.Average(step => step[round].Processor)))];
        rows.Add(Row("the plan's mean step", means, 100 * Left(PlanSteps), operations: null));
        return rows;

        Spent Spend(Func<Tensor> forward)
        {
            call.Cancellation.ThrowIfCancellationRequested();
            var watch = Stopwatch.StartNew();
            var before = Environment.CpuUsage.TotalTime;
            forward().Dispose();
            bar.Report(++done);
            return new Spent(watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }

        double Left(string[] strategies) => PlanCost.Of(
            [.. strategies.Select(strategy => (IReadOnlyList<string>)[strategy])], costs.Processors, _ => shapes.Of(SiteKind.Spatial, window)).Fraction;

        VideoRow Row(string name, List<Spent> spent, double left, double? operations)
        {
            double[] sorted = [.. spent.Select(round => round.Seconds).Order()];
            var processor = spent.Min(round => round.Processor);
            var gflops = operations / sorted[0] / 1e9;
            return new VideoRow(
                name, size.Frames, size.Height, size.Width, size.FrameTokens, model.Config.Depth, threads, sorted[0], Stopwatches.MedianOf(sorted), processor,
                inFull.Min(round => round.Seconds) / sorted[0], left, gflops, peak.Gflops, gflops / peak.Gflops, operations / processor / 1e9 / onePeak.Gflops);
        }
    }

    /// <summary>Spatial sites follow the steps, all others are full.</summary>
    private static AttentionPlan PlanOf(AttachedModel attached, AttentionWindow window)
        => AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, PlanSteps, window);

    /// <summary>Of the blocks, for both halves: a token's projections and feed-forward, and its pairs in the three attentions. A token is d wide, its feed-forward 4·d.</summary>
    private static long MultiplyAccumulates(STDiTConfig config, VideoConditioning size)
    {
        long width = config.HiddenSize;
        var tokens = 2L * size.Frames * size.FrameTokens;
        var projections = (4 + 4 + 2) * width * width; // spatial, temporal, queries and output of the cross-attention
        var pairs = 2 * width * (size.FrameTokens + size.Frames + TextTokens);
        var text = 2L * TextTokens * 2 * width * width; // keys and values
        return config.Depth * ((tokens * (projections + (2 * width * config.MlpWidth) + pairs)) + text);
    }

    private static void Print(Terminal terminal, List<VideoRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("call", "video", "tokens a frame", "blocks", "threads", "s", "processor, s", "speed-up", "spatial FLOPs", "GFLOP/s", "of float32 peak", "by processor");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Call, Invariant($"{row.Frames}x{row.Height}x{row.Width}"), Invariant($"{row.FrameTokens}"), Invariant($"{row.Blocks}"), Invariant($"{row.Threads}"), Invariant($"{row.SecondsMin:0.00}"), Invariant($"{row.ProcessorSeconds:0.00}"),
                Invariant($"{row.Speedup:0.00}"), Invariant($"{row.SpatialFlopsPercent:0.0} %"), row.Gflops is { } gflops ? Invariant($"{gflops:0.0}") : "",
                row.FractionOfPeak is { } fraction ? Invariant($"{fraction:0.00}") : "", row.FractionOfPeakByProcessor is { } beside ? Invariant($"{beside:0.00}") : "");
        }

        terminal.Write(table);
    }

    private sealed record Spent(double Seconds, double Processor);
}
