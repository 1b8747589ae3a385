namespace DiTFastAttn.Cli.Verify;

/// <summary>The verdict on one case.</summary>
/// <param name="Kind">The case's kind; <c>?</c> where the file does not say.</param>
/// <param name="Name">The case's name.</param>
/// <param name="Status">Pass, fail or unsupported.</param>
/// <param name="Worst">The worst error over its limit; nothing where it cannot be measured.</param>
/// <param name="Detail">For people: the worst output's errors, or what went wrong.</param>
internal sealed record CaseResult(string Kind, string Name, CaseStatus Status, double? Worst, string Detail);
