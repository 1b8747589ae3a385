using DiTFastAttn.Cli.Verify.Kinds;

namespace DiTFastAttn.Cli.Verify;

/// <summary>The kinds of cases that this build computes: a line each.</summary>
internal static class CaseKinds
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ICaseKind> All { get; } =
    [
        new DiTForward(),
        new DiTKeys(),
        new DiTConvert(),
        new DiTSample(),
        new PixArtForward(),
        new PixArtSample(),
        new PixArtBins(),
        new PixArtCaptionCase(),
        new PixArtKeys(),
        new AttentionLayer(),
        new AttentionSearch(),
        new AttentionLoss(),
        new AttentionFlops(),
        new SchedulerTrajectory(),
        new SchedulerIddpm(),
        new SchedulerFile(),
        new VaeEncode(),
        new VaeDecode(),
        new VaeKeys(),
        new T5Encode(),
        new T5Keys(),
        new T5Tokenize(),
        new ClipEncode(),
        new ClipKeys(),
        new ClipTokenize(),
        new ClipPreprocess(),
        new ClipScoreCase(),
        new STDiTForward(),
        new STDiTKeys(),
        new STDiTRope(),
        new STDiTPositions(),
        new STDiTFixedPositions(),
        new STDiTSinusoids(),
        new OpenSoraTimesteps(),
        new OpenSoraSchedule(),
        new OpenSoraLoop(),
        new OpenSoraSample(),
        new OpenSoraPlan(),
        new OpenSoraSearch(),
        new MetricsInception(),
        new MetricsInceptionKeys(),
        new MetricsFid(),
        new MetricsInceptionScore(),
        new MetricsPreprocess(),
        new MetricsSimilarity(),
        new MetricsLpips(),
        new MetricsKid(),
        new MetricsPrecisionRecall(),
        new MetricsClipScore(),
        new WeightsLoad(),
        new WeightsRefuse(),
        .. OpenSoraTable.All,
    ];
}
