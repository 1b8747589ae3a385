namespace DiTFastAttn.Cli.Bench;

/// <summary>What <c>bench --json</c> writes.</summary>
/// <param name="Rows">The measurements.</param>
internal sealed record BenchReport<TRow>(IReadOnlyList<TRow> Rows);
