using DiTFastAttn.Processors.Kernels;
using TorchSharp;

namespace DiTFastAttn.Benchmarks.Attention;

/// <summary>What <see cref="AttentionBenchmark"/> measures.</summary>
public sealed record AttentionBenchmarkOptions
{
    /// <summary>Shapes, measured one after the other. By default heads as of DiT (72) and of most others (64), at 1024 and 4096 tokens.</summary>
    public IReadOnlyList<AttentionBenchmarkShape> Shapes { get; init; } =
        [new(1, 16, 1024, 64), new(1, 16, 1024, 72), new(1, 4, 4096, 64), new(1, 4, 4096, 72)];

    /// <summary>Numbers of threads, each measured on every shape. By default one and all that torch uses.</summary>
    public IReadOnlyList<int> Threads { get; init; } = [.. new[] { 1, torch.get_num_threads() }.Distinct()];

    /// <summary>Window on each side of a query; the paper's eighth of the tokens by default.</summary>
    public AttentionWindow Window { get; init; } = AttentionWindow.FractionOfTokens(1, 8);

    /// <summary>Strategies to measure, or all that there are. `full` is always measured: the others are compared with it.</summary>
    public IReadOnlyCollection<string>? Strategies { get; init; }

    /// <summary>Layers to measure, `kernel` or `site`, or both.</summary>
    public IReadOnlyCollection<string>? Layers { get; init; }

    /// <summary>Device of the tensors.</summary>
    public torch.Device Device { get; init; } = torch.CPU;

    /// <summary>Type of the tensors.</summary>
    public torch.ScalarType Dtype { get; init; } = torch.ScalarType.Float32;

    /// <summary>The kernel to measure.</summary>
    public IAttentionKernel Kernel { get; init; } = AttentionKernels.Default;

    /// <summary>Cases beside the kernel's own, the strategies at a site for example.</summary>
    public IReadOnlyList<IAttentionBenchmarkCase> MoreCases { get; init; } = [];

    /// <summary>Times that every case of a shape is measured at least, in turns so that a drifting clock meets all alike.</summary>
    public int MinimumRounds { get; init; } = 5;

    /// <summary>Seconds that a shape is measured at least.</summary>
    public double MinimumSeconds { get; init; } = 2;
}
