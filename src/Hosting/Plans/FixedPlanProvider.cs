namespace DiTFastAttn.Hosting.Plans;

/// <summary>Gives every run the same plan.</summary>
/// <param name="plan">The plan.</param>
public sealed class FixedPlanProvider(AttentionPlan plan) : IPlanProvider
{
    private readonly AttentionPlan _plan = plan ?? throw new ArgumentNullException(nameof(plan));

    /// <inheritdoc/>
    public AttentionPlan GetPlan(PlanRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        PlanProfiles.RefuseProfile(request);
        return _plan;
    }
}
