namespace DiTFastAttn;

/// <summary>Decides which plan a run gets.</summary>
public interface IPlanProvider
{
    /// <summary>The plan for a run that is about to begin.</summary>
    /// <param name="request">The model and the run.</param>
    AttentionPlan GetPlan(PlanRequest request);
}
