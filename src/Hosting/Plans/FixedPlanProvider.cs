namespace DiTFastAttn.Hosting.Plans;

/// <summary>Gives every run the same plan.</summary>
/// <param name="plan">The plan.</param>
public sealed class FixedPlanProvider(AttentionPlan plan) : IPlanProvider
{
    /// <summary>The plan.</summary>
    public AttentionPlan Plan { get; } = plan ?? throw new ArgumentNullException(nameof(plan));

    /// <inheritdoc/>
    public AttentionPlan GetPlan(PlanRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        PlanProfiles.RefuseProfile(request);
        return Plan;
    }
}
