namespace DiTFastAttn.Hosting.Search;

/// <summary>What <see cref="BudgetPlanSearch"/> found.</summary>
/// <param name="Best">The plan.</param>
/// <param name="Candidates">All that were run on the calibration samples within the budget, the best first; <paramref name="Best"/> is one of them.</param>
/// <param name="ForwardEquivalents">Model calls on the calibration samples so far, those of the scoring included; a backward pass counts two.</param>
public sealed record BudgetSearchResult(MeasuredPlan Best, IReadOnlyList<MeasuredPlan> Candidates, double ForwardEquivalents);
