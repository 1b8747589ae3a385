using System.Diagnostics;
using DiTFastAttn.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Benchmarks.Generator;

/// <summary>Measures the source generators on a program with many attention sites: once from nothing, then an edit at a time.</summary>
public static class GeneratorBenchmark
{
    /// <summary>What generating from nothing is to stay below, in seconds.</summary>
    public const double GenerateLimit = 2;

    /// <summary>What an edit of one file is to stay below, in seconds.</summary>
    public const double EditLimit = 0.05;

    private const string Generate = "generate";
    private const int EditsARound = 4;
    private const int WarmUpRounds = 2;

    /// <summary>Measures all actions.</summary>
    /// <param name="options">What to measure.</param>
    /// <param name="progress">Told the number of finished rounds; there are two more than asked for, to warm up.</param>
    /// <param name="cancellationToken">Heeded between two actions.</param>
    /// <exception cref="ArgumentException">A number is not positive.</exception>
    /// <exception cref="InvalidOperationException">The program has an error, or not the expected number of classes was generated.</exception>
    public static IReadOnlyList<GeneratorBenchmarkRow> Run(
        GeneratorBenchmarkOptions options, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Sites < 1 || options.SitesOfAClass < 1 || options.Rounds < 1)
        {
            throw new ArgumentException($"sites, sites of a class and rounds have to be 1 or more; got {options}", nameof(options));
        }

        var classes = (options.Sites + options.SitesOfAClass - 1) / options.SitesOfAClass;
        var ours = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        var yardstick = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        for (var round = 0; round < WarmUpRounds + options.Rounds; round++)
        {
            if (round == WarmUpRounds)
            {
                ours.Clear();
                yardstick.Clear();
            }

            // In turns, so that a busy machine meets both alike.
            Measure(Product, classes, options.SitesOfAClass, classes, EditsARound, ours, cancellationToken);
            Measure([new AttributesOnly()], classes, options.SitesOfAClass, 0, 1, yardstick, cancellationToken);
            progress?.Report(round + 1);
        }

        return [.. ours.Select(action => Row(action.Key, action.Value, yardstick[action.Key], classes * options.SitesOfAClass, classes))];
    }

    private static IEnumerable<IIncrementalGenerator> Product
        => typeof(AttentionSiteGenerator).Assembly.GetTypes()
            .Where(type => type.IsAssignableTo(typeof(IIncrementalGenerator)))
            .Select(type => (IIncrementalGenerator)Activator.CreateInstance(type)!);

    private static void Measure(
        IEnumerable<IIncrementalGenerator> generators,
        int classes,
        int sites,
        int expectedClasses,
        int edits,
        Dictionary<string, List<double>> seconds,
        CancellationToken cancellation)
    {
        var program = new SiteProgram(classes, sites);
        GeneratorDriver driver = CSharpGeneratorDriver.Create(generators.Select(g => g.AsSourceGenerator()), parseOptions: SiteProgram.Options);
        GC.Collect();
        Time(Generate);
        var result = driver.GetRunResult();
        var generated = result.GeneratedTrees.Sum(tree => tree.ToString().Split("partial class ").Length - 1);
        if (generated != expectedClasses || !result.Diagnostics.IsEmpty || result.Results.Any(r => r.Exception is not null))
        {
            throw new InvalidOperationException(
                $"{expectedClasses} classes were to be generated, {generated} were; {result.Diagnostics.FirstOrDefault()?.ToString() ?? "no diagnostic"}.");
        }

        foreach (var (action, inBase, one, other) in SiteProgram.Edits)
        {
            for (var edit = 0; edit < edits; edit++)
            {
                program.Edit(inBase, one, other);
                Time(action);
            }
        }

        void Time(string action)
        {
            cancellation.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            driver = driver.RunGenerators(program.Compilation, cancellation);
            var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (!seconds.TryGetValue(action, out var times))
            {
                seconds.Add(action, times = []);
            }

            times.Add(elapsed);
        }
    }

    private static GeneratorBenchmarkRow Row(string action, List<double> ours, List<double> yardstick, int sites, int classes)
    {
        ours.Sort();
        return new GeneratorBenchmarkRow(
            action, sites, classes, ours[0], ours[ours.Count / 2], yardstick.Min(), ours[0] / yardstick.Min(), action == Generate ? GenerateLimit : EditLimit);
    }
}
