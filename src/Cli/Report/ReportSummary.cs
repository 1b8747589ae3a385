namespace DiTFastAttn.Cli.Report;

/// <summary>What a run is worth, in a few figures.</summary>
/// <param name="Name">The run.</param>
/// <param name="Cards">The figures, the most important first.</param>
internal sealed record ReportSummary(string Name, IReadOnlyList<ReportSummary.Card> Cards)
{
    /// <summary>One figure.</summary>
    /// <param name="Id">For example <c>speedup</c>.</param>
    /// <param name="Name">What it is.</param>
    /// <param name="Value">The number as text.</param>
    /// <param name="Unit">Its unit.</param>
    /// <param name="Meaning">What it means and against what, in a sentence.</param>
    internal sealed record Card(string Id, string Name, string Value, string Unit, string Meaning);
}
