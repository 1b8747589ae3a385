namespace DiTFastAttn.Hosting.Search;

/// <summary>Is told the share of a search that is done, and sees the plan grow. Called between model calls, on the search's thread.</summary>
public interface IPlanProgress : IProgress<double>
{
    /// <summary>Shows a plan.</summary>
    /// <param name="plan">
    /// The best so far; of a search that goes along the trajectory the steps so far, the last of them with <c>full</c> where nothing is decided yet.
    /// </param>
    void Show(AttentionPlan plan);
}
