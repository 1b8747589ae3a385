namespace DiTFastAttn.Cli.Bench;

/// <summary>One search.</summary>
/// <param name="Mode">naive: every trial a whole model call; reused: the blocks before a trial's site are not computed again; adjoint: scores of row plans; planned: all budgets.</param>
/// <param name="BlockEvaluations">Blocks computed; a backward pass counts two.</param>
/// <param name="ForwardEquivalents">The same in model calls on the calibration samples.</param>
/// <param name="Seconds">Seconds it took.</param>
/// <param name="SamePlan">Whether plan and losses are the naive search's; null for another kind of search.</param>
internal sealed record SearchRow(string Mode, double BlockEvaluations, double ForwardEquivalents, double Seconds, bool? SamePlan);
