namespace DiTFastAttn.Cli.Evaluate;

/// <summary>The metrics of <c>evaluate</c>, by the names that its options and results have.</summary>
internal static class MetricNames
{
    public const string Fid = "fid";
    public const string Kid = "kid";
    public const string PrecisionRecall = "precision-recall";
    public const string InceptionScore = "inception-score";
    public const string Psnr = "psnr";
    public const string Ssim = "ssim";
    public const string Lpips = "lpips";
    public const string ClipScore = "clip-score";

    public static IReadOnlyList<string> All { get; } = [Fid, Kid, PrecisionRecall, InceptionScore, Psnr, Ssim, Lpips, ClipScore];
}
