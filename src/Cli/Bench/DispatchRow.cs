namespace DiTFastAttn.Cli.Bench;

/// <summary>What the way to the strategy costs at one site.</summary>
/// <param name="Path"><c>unattached</c> or <c>attached</c>.</param>
/// <param name="Sites">Sites of the model that was called.</param>
/// <param name="NanosecondsMin">Shortest time of a site through the generated code.</param>
/// <param name="NanosecondsMedian">Median time of it.</param>
/// <param name="DirectNanosecondsMin">The yardstick: shortest time of the same written by hand.</param>
/// <param name="Ratio">The first over the yardstick.</param>
/// <param name="BytesAllocated">Managed bytes a site allocates more than by hand.</param>
internal sealed record DispatchRow(
    string Path, int Sites, double NanosecondsMin, double NanosecondsMedian, double DirectNanosecondsMin, double Ratio, double BytesAllocated);
