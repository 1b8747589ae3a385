namespace DiTFastAttn.Hosting.Search;

/// <summary>One evaluated choice of the greedy search.</summary>
/// <param name="Step">Step, from 1.</param>
/// <param name="Site">Site index, from 0.</param>
/// <param name="Candidate">The strategy's id.</param>
/// <param name="Loss">Loss against the all-full output of this step; on several batches a lower bound of it where that is enough to reject the candidate.</param>
/// <param name="Threshold">(i/N)·δ, i counted from 1.</param>
/// <param name="Accepted">Whether the loss is below the threshold, so that the choice was taken.</param>
public readonly record struct SearchTrial(int Step, int Site, string Candidate, double Loss, double Threshold, bool Accepted);
