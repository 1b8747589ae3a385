namespace DiTFastAttn.Cli.Bench;

/// <summary>A model call of a video's denoising, both guidance halves.</summary>
/// <param name="Call">What was computed: all in full by torch's attention or by our kernel, a step of the plan, or the plan's mean step.</param>
/// <param name="Frames">T</param>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="FrameTokens">S</param>
/// <param name="Blocks">Blocks of the model.</param>
/// <param name="Threads">Threads.</param>
/// <param name="SecondsMin">Shortest time.</param>
/// <param name="SecondsMedian">Median time.</param>
/// <param name="ProcessorSeconds">Least time of all threads together: what the call costs beside other work.</param>
/// <param name="Speedup">The shortest time of the full call on our kernel over this one's.</param>
/// <param name="SpatialFlopsPercent">What is left of the spatial attention's multiply-accumulates, projections included.</param>
/// <param name="Gflops">10⁹ operations a second, where all is computed.</param>
/// <param name="PeakGflops">The machine's own float32 rate in the same run on as many threads.</param>
/// <param name="FractionOfPeak"><paramref name="Gflops"/> over <paramref name="PeakGflops"/>.</param>
/// <param name="FractionOfPeakByProcessor">The same by <paramref name="ProcessorSeconds"/> and the rate of one thread.</param>
internal sealed record VideoRow(
    string Call,
    int Frames,
    int Height,
    int Width,
    int FrameTokens,
    int Blocks,
    int Threads,
    double SecondsMin,
    double SecondsMedian,
    double ProcessorSeconds,
    double Speedup,
    double SpatialFlopsPercent,
    double? Gflops,
    double PeakGflops,
    double? FractionOfPeak,
    double? FractionOfPeakByProcessor);
