namespace DiTFastAttn;

/// <summary>What a plan provider decides by.</summary>
/// <param name="Model">The attached model.</param>
/// <param name="Run">The run that is about to begin.</param>
public sealed record PlanRequest(AttachedModel Model, RunRequest Run);
