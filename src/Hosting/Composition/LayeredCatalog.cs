using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace DiTFastAttn.Hosting.Composition;

/// <summary>
/// A catalog whose strategies have layers around them. A run looks its strategies up when it begins, so that is when the
/// layers are put around, once for each id; a call of a site finds nothing to look up.
/// </summary>
/// <param name="strategies">The strategies.</param>
/// <param name="layers">What stands around each, the outermost first.</param>
/// <param name="services">What the layers are made with.</param>
internal sealed class LayeredCatalog(IProcessorCatalog strategies, IReadOnlyList<ProcessorLayer> layers, IServiceProvider services) : IProcessorCatalog
{
    private readonly ConcurrentDictionary<string, Lazy<IAttentionProcessor>> _wrapped = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Ids => strategies.Ids;

    public bool TryGet(string id, [NotNullWhen(true)] out IAttentionProcessor? processor)
    {
        processor = strategies.TryGet(id, out var strategy)
            ? _wrapped.GetOrAdd(id, static (id, made) => new Lazy<IAttentionProcessor>(() => made.Self.Wrap(id, made.Strategy)), (Self: this, Strategy: strategy)).Value
            : null;
        return processor is not null;
    }

    private IAttentionProcessor Wrap(string id, IAttentionProcessor strategy)
        => layers.Reverse().Aggregate(strategy, (inner, layer) => layer.Wrap(id, inner, services)
            ?? throw new InvalidOperationException($"strategy '{id}': a function given to Use returned null; return the strategy itself to leave it as it is."));
}
