namespace DiTFastAttn.Models.Tests;

/// <summary>
/// Tests that change torch's number of threads, which is the process's: alone, for the order of a BLAS's sums, and so the last bits of what other
/// tests compare, depends on it.
/// </summary>
[CollectionDefinition(Collection, DisableParallelization = true)]
public sealed class ThreadCount
{
    public const string Collection = "number of threads";
}
