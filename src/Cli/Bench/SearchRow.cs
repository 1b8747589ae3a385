namespace DiTFastAttn.Cli.Bench;

/// <summary>One search.</summary>
/// <param name="Mode">naive: every trial a whole model call; reused: the blocks before a trial's site are not computed again; early: so, a sample at a time, a trial ending with the sample that rejects it; adjoint: scores of row plans; planned: all budgets.</param>
/// <param name="BlockEvaluations">Blocks computed, each on all calibration samples; a backward pass counts two.</param>
/// <param name="ForwardEquivalents">The same in model calls.</param>
/// <param name="Seconds">Seconds it took.</param>
/// <param name="SamePlan">Whether plan and trials are the naive search's, with early trials' losses left out of the comparison; null for another kind of search.</param>
internal sealed record SearchRow(string Mode, double BlockEvaluations, double ForwardEquivalents, double Seconds, bool? SamePlan);
