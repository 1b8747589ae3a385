namespace DiTFastAttn.Cli.Report;

/// <summary>A plan as the page draws it.</summary>
/// <param name="Name">The run that it belongs to.</param>
/// <param name="File">Its file.</param>
/// <param name="Subtitle">Model, steps and how it was made.</param>
/// <param name="Sites">The sites' names.</param>
/// <param name="Strategies">Those that it uses.</param>
/// <param name="Rows">Step by step, a place in <paramref name="Strategies"/> for each site.</param>
/// <param name="Log">The search log whose rows are the plan's, or <see langword="null"/>.</param>
/// <param name="Trials">What that search tried, in its order.</param>
internal sealed record ReportPlan(
    string Name,
    string File,
    string Subtitle,
    IReadOnlyList<string> Sites,
    IReadOnlyList<ReportPlan.Strategy> Strategies,
    IReadOnlyList<IReadOnlyList<int>> Rows,
    string? Log,
    IReadOnlyList<ReportPlan.Trial> Trials)
{
    /// <summary>A strategy with its colour <c>#rrggbb</c>, its letter and its part of the cells, 0 to 1.</summary>
    internal sealed record Strategy(string Id, string Colour, string Letter, double Share);

    /// <summary>A candidate that the search tried at a step and site.</summary>
    internal sealed record Trial(int Step, int Site, string Candidate, double Loss, double Threshold, bool Accepted);
}
