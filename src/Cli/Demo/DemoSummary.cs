namespace DiTFastAttn.Cli.Demo;

/// <summary>What <c>demo</c> writes to <c>summary.json</c> and <c>--json</c>.</summary>
/// <param name="FullSeconds">Seconds for all pictures with <c>full</c> everywhere, on our kernels.</param>
/// <param name="CompressedSeconds">Seconds for the same pictures with the plan, on the same kernels.</param>
/// <param name="Speedup">The first over the second.</param>
/// <param name="UnattachedSecondsAStep">Seconds of one step of a batch with the unattached model, whose attention is torch's own.</param>
/// <param name="AttachedSecondsAStep">The same with <c>full</c> on our kernels.</param>
/// <param name="Psnr">dB between both, mean over the pictures.</param>
/// <param name="WorstPsnr">dB of the picture that differs most.</param>
/// <param name="Ssim">SSIM between both, mean over the pictures.</param>
/// <param name="AttentionFlopsPercent">Attention multiply-accumulates that the plan leaves.</param>
/// <param name="SearchSeconds">Seconds that the plan search took; 0 where a plan was given.</param>
/// <param name="PeakStateMegabytes">Most memory of residuals and outputs held at a time.</param>
/// <param name="PlanMethod">How the plan was made.</param>
/// <param name="Plan">The plan's file.</param>
/// <param name="Candidates">The plans that were measured, on the calibration samples.</param>
/// <param name="Pictures">Every picture.</param>
internal sealed record DemoSummary(
    double FullSeconds,
    double CompressedSeconds,
    double Speedup,
    double UnattachedSecondsAStep,
    double AttachedSecondsAStep,
    double Psnr,
    double WorstPsnr,
    double Ssim,
    double AttentionFlopsPercent,
    double SearchSeconds,
    double PeakStateMegabytes,
    string PlanMethod,
    string Plan,
    IReadOnlyList<DemoSummary.Candidate> Candidates,
    IReadOnlyList<DemoSummary.Picture> Pictures)
{
    /// <summary>The file's name in the folder of results.</summary>
    public const string FileName = "summary.json";

    /// <summary>The command line that makes it again.</summary>
    public string? Command { get; init; }

    /// <summary>Where it was made.</summary>
    public EnvironmentRecord? Environment { get; init; }

    /// <summary>One plan that was measured.</summary>
    /// <param name="Method">What it is.</param>
    /// <param name="AttentionFlopsPercent">Attention multiply-accumulates that it leaves.</param>
    /// <param name="CalibrationPsnr">dB on the calibration samples.</param>
    internal sealed record Candidate(string Method, double AttentionFlopsPercent, double CalibrationPsnr);

    /// <summary>One picture.</summary>
    /// <param name="Label">Its class.</param>
    /// <param name="ClassName">The class's name.</param>
    /// <param name="Psnr">dB between full and plan.</param>
    internal sealed record Picture(int Label, string ClassName, double Psnr)
    {
        /// <summary>The folder of the pictures, in the folder of results.</summary>
        public static string FolderOf(bool isFull) => Path.Combine("pictures", isFull ? "full" : "plan");

        /// <summary>The file of a picture, in the folder of results.</summary>
        /// <param name="number">Its place in the summary.</param>
        /// <param name="isFull">Whether it is the one with full attention.</param>
        public static string FileOf(int number, bool isFull) => Path.Combine(FolderOf(isFull), FormattableString.Invariant($"{number:00000}.png"));
    }
}
