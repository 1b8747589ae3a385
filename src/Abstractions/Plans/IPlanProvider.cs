namespace DiTFastAttn;

/// <summary>Decides which plan a run gets. Asked by any number of threads at a time.</summary>
public interface IPlanProvider
{
    /// <summary>The plan for a run that is about to begin.</summary>
    /// <param name="request">The model and the run.</param>
    /// <exception cref="PlanMismatchException">There is no plan for such a run, for example none of its profile.</exception>
    AttentionPlan GetPlan(PlanRequest request);
}
