namespace DiTFastAttn.Hosting.Search;

/// <summary>A strategy that all sites of a step take.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Row">The step's row: the id, and <c>full</c> at sites that it does not serve.</param>
/// <param name="Traits">What it reads and writes.</param>
/// <param name="Cost">The row's cost in multiply-accumulates.</param>
internal sealed record RowStrategy(string Id, IReadOnlyList<string> Row, ProcessorTraits Traits, long Cost);
