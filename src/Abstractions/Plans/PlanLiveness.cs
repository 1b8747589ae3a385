using DiTFastAttn.Runs;

namespace DiTFastAttn;

/// <summary>Which state of which site a run keeps after which step.</summary>
public static class PlanLiveness
{
    /// <summary>
    /// What each step's sites leave for later steps: written there, and read by a later step before the next step that
    /// writes it.
    /// </summary>
    /// <param name="rows">Strategy ids, <c>[step][site]</c>.</param>
    /// <param name="catalog">The strategies.</param>
    /// <returns><c>[step][site]</c></returns>
    /// <exception cref="PlanMismatchException">A strategy is not known.</exception>
    public static IReadOnlyList<IReadOnlyList<SiteState>> Kept(IReadOnlyList<IReadOnlyList<string>> rows, IProcessorCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(catalog);
        var processors = rows.Select(row => row.Select(catalog.GetProcessor).ToArray()).ToArray();
        return Array.ConvertAll(Liveness.Of(processors), row => (IReadOnlyList<SiteState>)row.Keeps);
    }
}
