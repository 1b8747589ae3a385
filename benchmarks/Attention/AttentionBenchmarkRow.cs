using System.Text.Json.Serialization;

namespace DiTFastAttn.Benchmarks.Attention;

/// <summary>One measured case; property names in JSON are those of the program's contract.</summary>
public sealed record AttentionBenchmarkRow
{
    /// <summary>Device, for example `cpu`.</summary>
    [JsonPropertyName("device")]
    public required string Device { get; init; }

    /// <summary>Type of the tensors, for example `float32`.</summary>
    [JsonPropertyName("dtype")]
    public required string Dtype { get; init; }

    /// <summary>B.</summary>
    [JsonPropertyName("batch")]
    public required int Batch { get; init; }

    /// <summary>H.</summary>
    [JsonPropertyName("heads")]
    public required int Heads { get; init; }

    /// <summary>L, tokens.</summary>
    [JsonPropertyName("length")]
    public required int Length { get; init; }

    /// <summary>D.</summary>
    [JsonPropertyName("head_width")]
    public required int HeadWidth { get; init; }

    /// <summary>w, tokens on each side.</summary>
    [JsonPropertyName("window")]
    public required int Window { get; init; }

    /// <summary>`full`, `wa`, `full+wa` and so on.</summary>
    [JsonPropertyName("strategy")]
    public required string Strategy { get; init; }

    /// <summary>`kernel` or `site`.</summary>
    [JsonPropertyName("layer")]
    public required string Layer { get; init; }

    /// <summary>Name of the kernel that computed it.</summary>
    [JsonPropertyName("kernel")]
    public required string Kernel { get; init; }

    /// <summary>Threads.</summary>
    [JsonPropertyName("threads")]
    public required int Threads { get; init; }

    /// <summary>Shortest time of one computation.</summary>
    [JsonPropertyName("seconds_min")]
    public required double SecondsMin { get; init; }

    /// <summary>Median time of one computation.</summary>
    [JsonPropertyName("seconds_median")]
    public required double SecondsMedian { get; init; }

    /// <summary>10⁹ operations a second, of the shortest time.</summary>
    [JsonPropertyName("gflops")]
    public required double Gflops { get; init; }

    /// <summary>The machine's own rate in the same run on as many threads; off the CPU that of a matrix product.</summary>
    [JsonPropertyName("peak_gflops")]
    public required double PeakGflops { get; init; }

    /// <summary><see cref="Gflops"/> over <see cref="PeakGflops"/>.</summary>
    [JsonPropertyName("fraction_of_peak")]
    public required double FractionOfPeak { get; init; }

    /// <summary>Operations in percent of `full` of the same layer and run.</summary>
    [JsonPropertyName("flops_percent")]
    public required double FlopsPercent { get; init; }

    /// <summary>Shortest time in percent of `full`'s of the same layer and run.</summary>
    [JsonPropertyName("latency_percent")]
    public required double LatencyPercent { get; init; }

    /// <summary>What the paper's Table 2 says of the operations, where it has this row.</summary>
    [JsonPropertyName("paper_flops_percent")]
    public int? PaperFlopsPercent { get; init; }

    /// <summary>What it says of the latency, on an A100.</summary>
    [JsonPropertyName("paper_latency_percent")]
    public int? PaperLatencyPercent { get; init; }

    /// <summary>What the row is to reach; null where there is no goal for it.</summary>
    [JsonPropertyName("goal")]
    public string? Goal { get; init; }

    /// <summary>Whether it reaches its goal.</summary>
    [JsonPropertyName("goal_met")]
    public bool? GoalMet { get; init; }
}
