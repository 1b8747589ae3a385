namespace DiTFastAttn.Cli.Verify;

/// <summary>What became of a case.</summary>
internal enum CaseStatus
{
    /// <summary>Every output is within its tolerance.</summary>
    Pass,

    /// <summary>An output is not, or the case could not be computed.</summary>
    Fail,

    /// <summary>This build does not know the kind.</summary>
    Unsupported,
}
