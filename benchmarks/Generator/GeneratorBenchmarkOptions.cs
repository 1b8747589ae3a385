namespace DiTFastAttn.Benchmarks.Generator;

/// <summary>What to measure of the source generators.</summary>
public sealed record GeneratorBenchmarkOptions
{
    /// <summary>Attention sites of the program that is compiled.</summary>
    public int Sites { get; init; } = 10_000;

    /// <summary>Sites of a class. Each class has a file of its own.</summary>
    public int SitesOfAClass { get; init; } = 10;

    /// <summary>How often to generate from nothing; each is followed by some edits.</summary>
    public int Rounds { get; init; } = 5;
}
