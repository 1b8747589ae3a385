namespace DiTFastAttn.Hosting.Search;

/// <summary>The most that a plan may cost.</summary>
/// <param name="Prices">What strategies cost.</param>
/// <param name="Most">What the whole plan may cost, in the unit of the prices.</param>
public sealed record PlanLimit(PlanPrices Prices, long Most)
{
    /// <summary>Whether a plan stays within it.</summary>
    /// <param name="plan">The plan.</param>
    public bool Allows(AttentionPlan plan) => Prices.Of(plan) <= Most;
}
