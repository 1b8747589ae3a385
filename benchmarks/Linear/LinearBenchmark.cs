using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Benchmarks.Linear;

/// <summary>
/// The linear layers of a DiT-XL/2 block by libtorch, against the machine's own rate of float32 multiply-adds: what stands beside attention in
/// a block, and is as fast as the BLAS below libtorch.
/// </summary>
public static class LinearBenchmark
{
    // Of the float32 rate: a good sgemm; bfloat16 has twice the elements in a register, and instructions of its own.
    private const double Float32Goal = .80;
    private const double BFloat16Goal = 1.5;

    private const int Width = 1152;

    private static readonly (string Name, int Inputs, int Outputs)[] Layers =
        [("qkv", Width, 3 * Width), ("proj", Width, Width), ("fc1", Width, 4 * Width), ("fc2", 4 * Width, Width)];

    /// <summary>Measures every layer in every element type.</summary>
    /// <param name="tokens">Rows of the input.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="seconds">Measure each element type at least so long.</param>
    /// <param name="cancellationToken">Heeded between two computations.</param>
    public static IReadOnlyList<LinearBenchmarkRow> Run(int tokens, int threads, double seconds, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        var threadsBefore = get_num_threads();
        set_num_threads(threads);
        try
        {
            using var noGrad = no_grad();
            return
            [
                .. Measure(ScalarType.Float32, Float32Goal, tokens, threads, seconds, cancellationToken),
                .. Measure(ScalarType.BFloat16, BFloat16Goal, tokens, threads, seconds, cancellationToken),
            ];
        }
        finally
        {
            set_num_threads(threadsBefore);
        }
    }

    private static IEnumerable<LinearBenchmarkRow> Measure(
        ScalarType dtype, double goal, int tokens, int threads, double seconds, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        List<Action> actions = [];
        foreach (var (_, inputs, outputs) in Layers)
        {
            var x = randn([tokens, inputs]).to(dtype);
            var weight = randn([outputs, inputs]).to(dtype);
            var bias = randn([outputs]).to(dtype);
            actions.Add(() => nn.functional.linear(x, weight, bias).Dispose());
        }

        var rate = MachineRate.OfCpu(threads);
        var times = Stopwatches.TakeTurns(actions, 5, seconds, cancellationToken);
        rate.MeasureAgain();
        var peak = rate.Gflops;
        return Layers.Zip(times, (layer, sorted) =>
        {
            var gflops = 2.0 * tokens * layer.Inputs * layer.Outputs / sorted[0] / 1e9;
            return new LinearBenchmarkRow(
                layer.Name, dtype.ToString().ToLowerInvariant(), tokens, layer.Inputs, layer.Outputs, threads, sorted[0], Stopwatches.MedianOf(sorted), gflops, peak,
                gflops / peak, goal, gflops / peak >= goal);
        }).ToList();
    }
}
