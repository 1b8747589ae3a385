namespace DiTFastAttn.Hosting.Plans;

/// <summary>Gives every run a plan with <c>full</c> everywhere.</summary>
public sealed class FullPlanProvider : IPlanProvider
{
    /// <inheritdoc/>
    public AttentionPlan GetPlan(PlanRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        PlanProfiles.RefuseProfile(request);
        if (request.Run.Steps < 1)
        {
            throw new PlanMismatchException($"steps: the run asks for {request.Run.Steps}; a run has at least 1.");
        }

        return AttentionPlan.AllFull(request.Model, request.Run.Guidance, request.Run.Steps);
    }
}
