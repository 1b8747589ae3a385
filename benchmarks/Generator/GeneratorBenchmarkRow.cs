namespace DiTFastAttn.Benchmarks.Generator;

/// <summary>What the source generators take for one thing that happens in an editor or a build.</summary>
/// <param name="Action"><c>generate</c>: everything from nothing; else what was edited in one file.</param>
/// <param name="Sites">Attention sites of the program.</param>
/// <param name="Classes">Classes that have them, each in a file of its own.</param>
/// <param name="SecondsMin">Shortest time.</param>
/// <param name="SecondsMedian">Median time.</param>
/// <param name="YardstickSecondsMin">The same for a generator that only lets the compiler find the attributes (<c>ForAttributeWithMetadataName</c>) and writes nothing.</param>
/// <param name="Ratio">The shortest time over the yardstick's.</param>
/// <param name="LimitSeconds">What the shortest time is to stay below.</param>
public sealed record GeneratorBenchmarkRow(
    string Action, int Sites, int Classes, double SecondsMin, double SecondsMedian, double YardstickSecondsMin, double Ratio, double LimitSeconds)
{
    /// <summary>Whether it does.</summary>
    public bool IsWithinLimit => SecondsMin <= LimitSeconds;
}
