namespace DiTFastAttn.Hosting.Search;

/// <summary>A strategy that all attention of a step takes, and what the step's other sub-layers take.</summary>
/// <param name="Id">Its id, with that of the sub-layers behind a stroke: <c>wars</c>, <c>wars/ast</c>.</param>
/// <param name="Row">The step's row: the id, and <c>full</c> at sites that it does not serve.</param>
/// <param name="Traits">What attention reads and writes.</param>
/// <param name="ReusesSubLayers">Whether the other sub-layers are reused: they read what an earlier step computed, and leave nothing.</param>
/// <param name="Cost">The row's cost in multiply-accumulates.</param>
internal sealed record RowStrategy(string Id, IReadOnlyList<string> Row, ProcessorTraits Traits, bool ReusesSubLayers, long Cost)
{
    /// <summary>Whether the row needs anything of an earlier step.</summary>
    public bool Reads => ReusesSubLayers || Traits.Reads != SiteState.None;
}
