namespace DiTFastAttn.Cli.Bench;

/// <summary>What the way to the strategy costs at one site. Times are medians.</summary>
/// <param name="Path"><c>unattached</c> or <c>attached</c>.</param>
/// <param name="Sites">Sites of the model that was called.</param>
/// <param name="Nanoseconds">Time of a site through the generated code.</param>
/// <param name="DirectNanoseconds">The yardstick: time of the same written by hand.</param>
/// <param name="Ratio">The first over the yardstick.</param>
/// <param name="OverheadNanoseconds">What the generated code takes longer at a site than the call by hand beside it.</param>
/// <param name="OverheadLow">Lower end of the 95 % interval of <paramref name="OverheadNanoseconds"/>.</param>
/// <param name="OverheadHigh">Its upper end.</param>
/// <param name="BytesAllocated">Managed bytes a site allocates more than by hand.</param>
internal sealed record DispatchRow(
    string Path, int Sites, double Nanoseconds, double DirectNanoseconds, double Ratio, double OverheadNanoseconds, double OverheadLow, double OverheadHigh,
    double BytesAllocated);
