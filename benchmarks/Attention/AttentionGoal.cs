using System.Globalization;
using DiTFastAttn.Processors.Kernels;

namespace DiTFastAttn.Benchmarks.Attention;

/// <summary>What a row of the attention benchmark is to reach, in float32 on the CPU. Goals are ratios to yardsticks of the same run.</summary>
/// <param name="Text">The goal, for people.</param>
/// <param name="IsMet">Whether the row reaches it.</param>
public sealed record AttentionGoal(string Text, bool IsMet)
{
    // From here on a tile's beginnings and ends are small beside its middle.
    private const int ShortestLength = 1024;
    private const int LongLength = 4096;

    /// <summary>The goal of a row, or null where there is none for it.</summary>
    /// <param name="row">The row, without its goal.</param>
    /// <param name="secondsOnOneThread">Shortest time of the same case on one thread in the same run, if it was measured.</param>
    public static AttentionGoal? Of(AttentionBenchmarkRow row, double? secondsOnOneThread)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (row.Device != "cpu" || row.Dtype != "float32" || row.Length < ShortestLength)
        {
            return null;
        }

        if (row.Threads > 1)
        {
            return secondsOnOneThread is { } one && row.Layer == "kernel" ? AtLeast(one / row.SecondsMin, .95 * row.Threads, " x one thread") : null;
        }

        var fraction = row.FractionOfPeak;
        var isLong = row.Length >= LongLength;
        return (row.Layer, row.Strategy) switch
        {
            ("kernel", "full") when CpuAttentionKernel.BestInstructionSet == CpuInstructionSet.Avx512 => AtLeast(fraction, isLong ? .90 : .85, " of peak"),
            ("kernel", "full") => AtLeast(fraction, .85, " of peak"),
            ("kernel", "full+wa") => AtMost(row.LatencyPercent, isLong ? 103 : 105, " % of full"),
            ("kernel", "arrow" or "joint" or "masked" or "grouped" or "cross-77" or "cross-300") => AtLeast(fraction, .80, " of peak"),
            ("site", not "full") => AtMost(row.LatencyPercent, row.FlopsPercent + 2, " % of full"),
            _ => null,
        };
    }

    private static AttentionGoal AtLeast(double value, double goal, string unit)
        => new(string.Create(CultureInfo.InvariantCulture, $"at least {goal:0.##}{unit}"), value >= goal);

    private static AttentionGoal AtMost(double value, double goal, string unit)
        => new(string.Create(CultureInfo.InvariantCulture, $"at most {goal:0.#}{unit}"), value <= goal);
}
