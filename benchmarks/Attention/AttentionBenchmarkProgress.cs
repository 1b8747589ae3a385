using System.Runtime.InteropServices;

namespace DiTFastAttn.Benchmarks.Attention;

/// <summary>How far a benchmark is.</summary>
/// <param name="Done">settings (shape and number of threads) that are finished</param>
/// <param name="Total">settings in all</param>
/// <param name="Current">the setting at hand, in words; empty at the end</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AttentionBenchmarkProgress(int Done, int Total, string Current);
