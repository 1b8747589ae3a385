using System.Runtime.InteropServices;

namespace DiTFastAttn.Benchmarks.Attention;

/// <summary>Sizes of one attention call.</summary>
/// <param name="Batch">B</param>
/// <param name="Heads">H</param>
/// <param name="Length">L, tokens</param>
/// <param name="HeadWidth">D</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AttentionBenchmarkShape(int Batch, int Heads, int Length, int HeadWidth);
