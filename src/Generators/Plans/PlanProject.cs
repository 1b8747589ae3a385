using System.Threading;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Plans;

/// <summary>What a project's plans are checked against, found when the first of them needs it.</summary>
/// <param name="compilation">The project.</param>
internal sealed class PlanProject(Compilation compilation)
{
    private readonly object _lock = new();
    private KnownStrategies? _strategies;
    private DeclaredModels? _models;

    public KnownStrategies Strategies(CancellationToken cancellation)
    {
        lock (_lock)
        {
            return _strategies ??= KnownStrategies.Of(compilation, cancellation);
        }
    }

    /// <summary>Answers one question about the models.</summary>
    public T Ask<T>(System.Func<DeclaredModels, T> question, CancellationToken cancellation)
    {
        // What is found on the way is remembered: one at a time.
        lock (_lock)
        {
            return question(_models ??= new DeclaredModels(compilation, cancellation));
        }
    }
}
