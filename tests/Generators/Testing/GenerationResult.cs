using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Tests.Testing;

/// <summary>The results of all generators of the package as one.</summary>
/// <param name="run">What the driver says about each.</param>
internal sealed class GenerationResult(GeneratorDriverRunResult run)
{
    public ImmutableArray<Diagnostic> Diagnostics => run.Diagnostics;

    public ImmutableArray<GeneratedSourceResult> GeneratedSources { get; } = [.. run.Results.SelectMany(result => result.Exception is null ? result.GeneratedSources : [])];

    /// <summary>What a generator threw, or <see langword="null"/>.</summary>
    public Exception? Exception { get; } = run.Results.Select(result => result.Exception).FirstOrDefault(exception => exception is not null);

    /// <summary>The named steps of all pipelines.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<IncrementalGeneratorRunStep>> TrackedSteps { get; } = Merge(run, result => result.TrackedSteps);

    /// <summary>The steps that wrote something.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<IncrementalGeneratorRunStep>> TrackedOutputSteps { get; } = Merge(run, result => result.TrackedOutputSteps);

    private static Dictionary<string, ImmutableArray<IncrementalGeneratorRunStep>> Merge(
        GeneratorDriverRunResult run, Func<GeneratorRunResult, IReadOnlyDictionary<string, ImmutableArray<IncrementalGeneratorRunStep>>> steps)
        => run.Results.Where(result => result.Exception is null)
            .SelectMany(steps)
            .GroupBy(step => step.Key, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.SelectMany(step => step.Value).ToImmutableArray(), StringComparer.Ordinal);
}
