namespace DiTFastAttn.Cli.Bench;

/// <summary>The kernel with one size of its blocks.</summary>
/// <param name="KeyBlock">Keys that it takes at a time.</param>
/// <param name="Kernel">The kernel.</param>
/// <param name="FractionOfPeak">Its rate over the machine's own in the same run, the geometric mean of the shapes.</param>
internal sealed record TileRow(int KeyBlock, string Kernel, double FractionOfPeak);
