namespace DiTFastAttn.Cli.Bench;

/// <summary>One decoding of Stable Diffusion's VAE against the machine's own rate.</summary>
/// <param name="Model">The model.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Frames">Frames of a video; one for a picture.</param>
/// <param name="Rows">Rows of the picture, in pixels.</param>
/// <param name="Columns">Columns of it.</param>
/// <param name="Tile">Rows and columns of a tile, or <see langword="null"/> where the picture is decoded whole.</param>
/// <param name="Threads">Threads.</param>
/// <param name="SecondsMin">Shortest time.</param>
/// <param name="SecondsMedian">Median time.</param>
/// <param name="Gflops">10⁹ operations a second: convolutions, and attention with its linear layers; of tiles, what overlaps counts as often as it is computed.</param>
/// <param name="PeakGflops">The machine's own float32 rate in the same run on as many threads.</param>
/// <param name="FractionOfPeak"><paramref name="Gflops"/> over <paramref name="PeakGflops"/>.</param>
/// <param name="Goal">What <paramref name="FractionOfPeak"/> of one thread, or <paramref name="Scaling"/> of more a thread, is to reach.</param>
/// <param name="GoalMet">Whether it does.</param>
/// <param name="Scaling">Times as fast as on one thread.</param>
/// <param name="PeakBytes">
/// The most that the first decoding took from the system, with what the program keeps of freed memory; <see langword="null"/> where the system does not say.
/// </param>
/// <param name="BoundBytes">What is in use at once at most: <c>DecodingBytes</c>, and the picture.</param>
internal sealed record VaeRow(
    string Model,
    string Dtype,
    int Frames,
    long Rows,
    long Columns,
    int? Tile,
    int Threads,
    double SecondsMin,
    double SecondsMedian,
    double Gflops,
    double PeakGflops,
    double FractionOfPeak,
    double Goal,
    bool GoalMet,
    double Scaling,
    long? PeakBytes,
    long BoundBytes);
