using System.Text.Json.Serialization;

namespace DiTFastAttn.Benchmarks.Linear;

/// <summary>A linear layer against the machine's own rate.</summary>
/// <param name="Layer">Which of a DiT-XL/2 block's: <c>qkv</c>, <c>proj</c>, <c>fc1</c>, <c>fc2</c>.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Tokens">Rows of the input.</param>
/// <param name="Inputs">Columns of the input.</param>
/// <param name="Outputs">Columns of the output.</param>
/// <param name="Threads">Threads.</param>
/// <param name="SecondsMin">Shortest time.</param>
/// <param name="SecondsMedian">Median time.</param>
/// <param name="Gflops">10⁹ operations a second, of the shortest time.</param>
/// <param name="PeakGflops">The machine's own float32 rate in the same run on as many threads.</param>
/// <param name="FractionOfPeak">The first over the second.</param>
/// <param name="Goal">What <paramref name="FractionOfPeak"/> is to reach.</param>
/// <param name="GoalMet">Whether it does.</param>
public sealed record LinearBenchmarkRow(
    [property: JsonPropertyName("layer")] string Layer,
    [property: JsonPropertyName("dtype")] string Dtype,
    [property: JsonPropertyName("tokens")] int Tokens,
    [property: JsonPropertyName("inputs")] int Inputs,
    [property: JsonPropertyName("outputs")] int Outputs,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("seconds_min")] double SecondsMin,
    [property: JsonPropertyName("seconds_median")] double SecondsMedian,
    [property: JsonPropertyName("gflops")] double Gflops,
    [property: JsonPropertyName("peak_gflops")] double PeakGflops,
    [property: JsonPropertyName("fraction_of_peak")] double FractionOfPeak,
    [property: JsonPropertyName("goal")] double Goal,
    [property: JsonPropertyName("goal_met")] bool GoalMet);
