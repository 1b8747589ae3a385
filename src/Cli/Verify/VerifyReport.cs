namespace DiTFastAttn.Cli.Verify;

/// <summary>What <c>verify --json</c> writes.</summary>
/// <param name="Cases">A verdict a case.</param>
internal sealed record VerifyReport(IReadOnlyList<CaseResult> Cases)
{
    /// <summary>Cases within their tolerances.</summary>
    public int Passed => Count(CaseStatus.Pass);

    /// <summary>Cases that are not, or could not be computed.</summary>
    public int Failed => Count(CaseStatus.Fail);

    /// <summary>Cases of kinds that this build does not know.</summary>
    public int Unsupported => Count(CaseStatus.Unsupported);

    private int Count(CaseStatus status) => Cases.Count(result => result.Status == status);
}
