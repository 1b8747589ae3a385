namespace DiTFastAttn.Cli.Report;

/// <summary>Pictures of a run beside the same pictures with full attention.</summary>
/// <param name="Name">The run.</param>
/// <param name="Pairs">The pictures in the page.</param>
/// <param name="Found">Pairs that there are.</param>
internal sealed record ReportComparison(string Name, IReadOnlyList<ReportComparison.Pair> Pairs, int Found)
{
    /// <summary>A picture twice.</summary>
    /// <param name="Name">What it shows.</param>
    /// <param name="Reference">The file with full attention, or <see langword="null"/> where there is none to compare with.</param>
    /// <param name="File">The run's file.</param>
    /// <param name="Psnr">dB between both; infinite where they are equal.</param>
    internal sealed record Pair(string Name, string? Reference, string File, double? Psnr);
}
