namespace DiTFastAttn.Hosting.Search;

/// <summary>What <see cref="PlanRefinement"/> found.</summary>
/// <param name="Plan">The plan; the one it began with where nothing was gained.</param>
/// <param name="StartError">Squared relative error of the result with the plan it began with: geometric mean over the samples that decide.</param>
/// <param name="Error">The same with <paramref name="Plan"/>, measured.</param>
/// <param name="Moves">Cells that were changed on the way.</param>
/// <param name="ForwardEquivalents">Model calls on the calibration samples.</param>
public sealed record RefinedPlan(AttentionPlan Plan, double StartError, double Error, int Moves, double ForwardEquivalents);
