using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace DiTFastAttn.Processors;

/// <summary>Strategies by id. The built-in ones are <c>full</c>, <c>wa</c>, <c>wars</c>, <c>ast</c> and <c>asc</c>; composites are named <c>a+b</c>.</summary>
public sealed class ProcessorCatalog : IProcessorCatalog
{
    private const string Full = "full";

    private readonly List<string> _ids = [];
    private readonly Dictionary<string, IAttentionStrategy> _strategies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IAttentionProcessor?> _resolved = new(StringComparer.Ordinal);

    /// <summary>The ids of the built-in strategies.</summary>
    public static IReadOnlyList<string> BuiltInIds { get; } = new ProcessorCatalog().Ids;

    /// <summary>A catalog with the built-in strategies.</summary>
    public ProcessorCatalog()
    {
        Add(Full, new FullAttention());
        Add("wa", new WindowAttention());
        Add("wars", new WindowAttentionWithResidualSharing());
        Add("ast", new AttentionSharingAcrossTimesteps());
        Add("asc", new AttentionSharingAcrossGuidance());
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Ids => _ids;

    /// <summary>Adds a strategy. Not to be called once plans are bound.</summary>
    /// <param name="id">Lower-case letters, digits and dashes.</param>
    /// <param name="strategy">A processor or a decorator.</param>
    /// <exception cref="ArgumentException">The id is taken or malformed, or the strategy is of neither kind or of both.</exception>
    public void Add(string id, IAttentionStrategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        CheckId(id);
        if (strategy is IAttentionProcessor == strategy is IAttentionDecorator)
        {
            var kinds = strategy is IAttentionProcessor ? "both an IAttentionProcessor and an IAttentionDecorator" : "neither an IAttentionProcessor nor an IAttentionDecorator";
            throw new ArgumentException($"strategy '{id}' is a {strategy.GetType().Name}, which is {kinds}: it has to be one of them.", nameof(strategy));
        }

        if (!_strategies.TryAdd(id, strategy))
        {
            throw new ArgumentException($"strategy id '{id}' is taken by {_strategies[id].GetType().Name}: choose another.", nameof(id));
        }

        _ids.Add(id);
        _resolved.Clear();
    }

    /// <summary>Checks that a strategy may have an id; whether it is taken shows when the strategy is added.</summary>
    /// <param name="id">Lower-case letters, digits and dashes.</param>
    /// <exception cref="ArgumentException">The id is malformed.</exception>
    public static void CheckId(string id)
    {
        if (string.IsNullOrEmpty(id) || !id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            throw new ArgumentException($"strategy id '{id}': use lower-case letters, digits and dashes; '+' joins ids in a plan.", nameof(id));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="PlanMismatchException">A decorator of the composite refuses what it would stand around.</exception>
    public bool TryGet(string id, [NotNullWhen(true)] out IAttentionProcessor? processor)
    {
        ArgumentNullException.ThrowIfNull(id);
        processor = _resolved.GetOrAdd(id, Resolve);
        return processor is not null;
    }

    private IAttentionProcessor? Resolve(string id)
    {
        IAttentionProcessor? current = null;
        foreach (var part in id.Split('+'))
        {
            if (!_strategies.TryGetValue(part, out var strategy))
            {
                return null;
            }

            switch (strategy)
            {
                case IAttentionDecorator decorator:
                    current = Around(id, decorator, current ?? (IAttentionProcessor)_strategies[Full]);
                    break;
                case IAttentionProcessor processor when current is null:
                    current = processor;
                    break;
                default:
                    return null; // a second processor: only decorators stand around another strategy
            }
        }

        return current;
    }

    private static IAttentionProcessor Around(string id, IAttentionDecorator decorator, IAttentionProcessor inner)
    {
        try
        {
            return decorator.Around(inner);
        }
        catch (ArgumentException error)
        {
            throw new PlanMismatchException($"strategy '{id}' cannot be: {error.Message.Split(" (Parameter")[0]}", error);
        }
    }
}
