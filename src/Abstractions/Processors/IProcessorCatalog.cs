using System.Diagnostics.CodeAnalysis;

namespace DiTFastAttn;

/// <summary>The strategies that plans may name.</summary>
public interface IProcessorCatalog
{
    /// <summary>The ids without composites, in order of registration.</summary>
    IReadOnlyList<string> Ids { get; }

    /// <summary>Finds a strategy, composites (<c>a+b</c>) included. The same id gives the same object.</summary>
    /// <param name="id">For example <c>wars+asc</c>.</param>
    /// <param name="processor">The strategy.</param>
    bool TryGet(string id, [NotNullWhen(true)] out IAttentionProcessor? processor);
}
