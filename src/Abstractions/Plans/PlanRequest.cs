namespace DiTFastAttn;

/// <summary>What a plan provider decides by.</summary>
/// <param name="Model">The attached model.</param>
/// <param name="Run">The run that is about to begin.</param>
public sealed record PlanRequest(AttachedModel Model, RunRequest Run)
{
    /// <summary>Told the share that is done, 0 to 1, where finding the plan takes long.</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>Ends a search that takes long.</summary>
    public CancellationToken Cancellation { get; init; }
}
