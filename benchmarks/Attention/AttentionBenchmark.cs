using System.Globalization;
using DiTFastAttn.Processors.Kernels;
using TorchSharp;

namespace DiTFastAttn.Benchmarks.Attention;

/// <summary>Measures attention against the machine's own rate and against full attention of the same run.</summary>
public static class AttentionBenchmark
{
    private const string Full = "full";

    /// <summary>Measures every case on every shape with every number of threads.</summary>
    /// <param name="options">what to measure</param>
    /// <param name="progress">told before every setting and at the end</param>
    /// <param name="cancellationToken">heeded between two computations</param>
    /// <returns>A row a case, shape after shape; cases that do not apply to a shape have none.</returns>
    /// <exception cref="ArgumentException">The options name no shapes, an unknown strategy or layer, or a size that is not positive.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<AttentionBenchmarkRow> Run(
        AttentionBenchmarkOptions options, IProgress<AttentionBenchmarkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var cases = Choose(options);
        Check(options);
        var threadsBefore = torch.get_num_threads();
        using var noGrad = torch.no_grad();
        List<AttentionBenchmarkRow> rows = [];
        try
        {
            var total = options.Shapes.Count * options.Threads.Count;
            var done = 0;
            foreach (var shape in options.Shapes)
            {
                foreach (var threads in options.Threads)
                {
                    progress?.Report(new(done++, total, Describe(shape, threads)));
                    torch.set_num_threads(threads);
                    rows.AddRange(Measure(options, cases, shape, threads, cancellationToken));
                }
            }

            progress?.Report(new(total, total, ""));
            return rows.ConvertAll(row => WithGoal(row, rows));
        }
        finally
        {
            torch.set_num_threads(threadsBefore);
        }
    }

    private static List<IAttentionBenchmarkCase> Choose(AttentionBenchmarkOptions options)
    {
        IAttentionBenchmarkCase[] all = [.. KernelCase.All, .. options.MoreCases];
        RefuseUnknown("strategy", options.Strategies, all.Select(@case => @case.Strategy));
        RefuseUnknown("layer", options.Layers, all.Select(@case => @case.Layer));
        // `full` of a layer is what its other cases are compared with.
        return [.. all.Where(@case => options.Layers?.Contains(@case.Layer) != false
            && (@case.Strategy == Full || options.Strategies?.Contains(@case.Strategy) != false))];
    }

    private static void RefuseUnknown(string what, IReadOnlyCollection<string>? wanted, IEnumerable<string> known)
    {
        string[] names = [.. known.Distinct()];
        if (wanted?.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            throw new ArgumentException($"there is no {what} '{unknown}' to measure; there are {string.Join(", ", names)}", nameof(wanted));
        }
    }

    private static void Check(AttentionBenchmarkOptions options)
    {
        if (options.Shapes.Count == 0 || options.Threads.Count == 0)
        {
            throw new ArgumentException("a benchmark needs at least one shape and one number of threads", nameof(options));
        }

        foreach (var shape in options.Shapes.Where(shape => Math.Min(Math.Min(shape.Batch, shape.Heads), Math.Min(shape.Length, shape.HeadWidth)) < 1))
        {
            throw new ArgumentException($"batch, heads, length and head width have to be 1 or more; got {shape}", nameof(options));
        }

        foreach (var threads in options.Threads.Where(threads => threads < 1))
        {
            throw new ArgumentException($"the number of threads has to be 1 or more; got {threads}", nameof(options));
        }
    }

    private static IEnumerable<AttentionBenchmarkRow> Measure(
        AttentionBenchmarkOptions options, List<IAttentionBenchmarkCase> cases, AttentionBenchmarkShape shape, int threads,
        CancellationToken cancellationToken)
    {
        var setting = new AttentionBenchmarkSetting(
            new SiteShape(shape.Batch, shape.Length, shape.Heads, shape.HeadWidth, options.Window.Resolve(shape.Length)),
            options.Device, options.Dtype, options.Kernel);
        List<(IAttentionBenchmarkCase Case, IAttentionMeasurement Measurement)> running = [];
        try
        {
            foreach (var @case in cases)
            {
                if (@case.Prepare(setting) is { } measurement)
                {
                    running.Add((@case, measurement));
                }

                cancellationToken.ThrowIfCancellationRequested();
            }

            var peak = MachineRate.Of(options.Device, options.Dtype, threads);
            var times = Stopwatches.TakeTurns(
                [.. running.Select(run => (Action)run.Measurement.Compute)], options.MinimumRounds, options.MinimumSeconds, cancellationToken);
            peak.MeasureAgain();
            return [.. running.Zip(times, (run, sorted) => Row(shape, setting, threads, peak.Gflops, run.Case, run.Measurement, sorted, running
                .Zip(times, (other, seconds) => (Run: other, Seconds: seconds))
                .Where(other => other.Run.Case.Strategy == Full && other.Run.Case.Layer == run.Case.Layer)
                .Select(full => (full.Run.Measurement.Flops, full.Seconds[0])).First()))];
        }
        finally
        {
            running.ForEach(run => run.Measurement.Dispose());
        }
    }

    private static AttentionBenchmarkRow Row(
        AttentionBenchmarkShape shape, AttentionBenchmarkSetting setting, int threads, double peak, IAttentionBenchmarkCase @case, IAttentionMeasurement measurement,
        double[] sorted, (double Flops, double Seconds) full)
    {
        var gflops = measurement.Flops / sorted[0] / 1e9;
        return new AttentionBenchmarkRow
        {
            Device = setting.Device.ToString(),
            Dtype = setting.Dtype.ToString().ToLowerInvariant(),
            Batch = shape.Batch,
            Heads = shape.Heads,
            Length = shape.Length,
            HeadWidth = shape.HeadWidth,
            Window = checked((int)setting.Shape.Window),
            Strategy = @case.Strategy,
            Layer = @case.Layer,
            Kernel = measurement.Kernel,
            Threads = threads,
            SecondsMin = sorted[0],
            SecondsMedian = Stopwatches.MedianOf(sorted),
            Gflops = gflops,
            PeakGflops = peak,
            FractionOfPeak = gflops / peak,
            FlopsPercent = 100 * measurement.Flops / full.Flops,
            LatencyPercent = 100 * sorted[0] / full.Seconds,
        };
    }

    private static AttentionBenchmarkRow WithGoal(AttentionBenchmarkRow row, List<AttentionBenchmarkRow> all)
    {
        var alone = all.Find(other => other.Threads == 1
            && (other.Layer, other.Strategy, other.Batch, other.Heads, other.Length, other.HeadWidth) == (row.Layer, row.Strategy, row.Batch, row.Heads, row.Length, row.HeadWidth));
        var goal = AttentionGoal.Of(row, alone?.SecondsMin);
        return row with { Goal = goal?.Text, GoalMet = goal?.IsMet };
    }

    private static string Describe(AttentionBenchmarkShape shape, int threads) => string.Create(
        CultureInfo.InvariantCulture,
        $"{shape.Length} tokens, {shape.Heads} heads of {shape.HeadWidth}, batch {shape.Batch}, {threads} thread{(threads == 1 ? "" : "s")}");
}
