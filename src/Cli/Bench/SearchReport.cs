namespace DiTFastAttn.Cli.Bench;

/// <summary>What <c>bench search --json</c> writes.</summary>
/// <param name="Rows">The searches.</param>
/// <param name="Budgets">The plans that they found, on samples that none was calibrated on.</param>
internal sealed record SearchReport(IReadOnlyList<SearchRow> Rows, IReadOnlyList<BudgetRow> Budgets);
