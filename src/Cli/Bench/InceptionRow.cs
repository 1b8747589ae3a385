namespace DiTFastAttn.Cli.Bench;

/// <summary>The FID network on a batch against the machine's own rate.</summary>
/// <param name="Batch">Pictures at a time.</param>
/// <param name="Threads">Threads.</param>
/// <param name="SecondsAPictureMin">Shortest time, of a picture.</param>
/// <param name="SecondsAPictureMedian">Median time, of a picture.</param>
/// <param name="ProcessorSecondsAPicture">Least time of all threads together: what a picture costs beside other work.</param>
/// <param name="GflopAPicture">10⁹ operations of a picture: convolutions and the last layer; a multiply-add is two.</param>
/// <param name="Gflops">10⁹ operations a second.</param>
/// <param name="PeakGflops">The machine's own float32 rate in the same run on as many threads: multiply-adds in registers.</param>
/// <param name="FractionOfPeak"><paramref name="Gflops"/> over <paramref name="PeakGflops"/>.</param>
/// <param name="FractionOfPeakByProcessor">The same by <paramref name="ProcessorSecondsAPicture"/> and the rate of one thread.</param>
internal sealed record InceptionRow(
    int Batch, int Threads, double SecondsAPictureMin, double SecondsAPictureMedian, double ProcessorSecondsAPicture, double GflopAPicture, double Gflops, double PeakGflops, double FractionOfPeak,
    double FractionOfPeakByProcessor);
