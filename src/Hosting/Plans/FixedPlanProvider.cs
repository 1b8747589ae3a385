namespace DiTFastAttn.Hosting.Plans;

/// <summary>Gives every run the same plan.</summary>
/// <param name="plan">The plan.</param>
public sealed class FixedPlanProvider(AttentionPlan plan) : IPlanProvider
{
    /// <inheritdoc/>
    public AttentionPlan GetPlan(PlanRequest request) => plan;
}
