namespace DiTFastAttn;

/// <summary>Look-ups in a catalog.</summary>
public static class ProcessorCatalogExtensions
{
    /// <summary>Finds a strategy that has to be there.</summary>
    /// <param name="catalog">The strategies.</param>
    /// <param name="id">For example <c>wars+asc</c>.</param>
    /// <exception cref="PlanMismatchException">There is none of that id.</exception>
    public static IAttentionProcessor GetProcessor(this IProcessorCatalog catalog, string id)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.TryGet(id, out var processor)
            ? processor
            : throw new PlanMismatchException($"strategy '{id}' is not known; known are {string.Join(", ", catalog.Ids)} and composites a+b.");
    }
}
