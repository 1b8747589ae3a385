namespace DiTFastAttn.Cli.Bench;

/// <summary>A model call with all attention in full, against the same model as it is.</summary>
/// <param name="Model">The model.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Batch">B, both guidance halves.</param>
/// <param name="Tokens">L</param>
/// <param name="Threads">Threads.</param>
/// <param name="SecondsMin">Shortest time, attached, all full, on our kernel.</param>
/// <param name="SecondsMedian">Median time of it.</param>
/// <param name="TorchSecondsMin">The yardstick: shortest time unattached, on torch's attention.</param>
/// <param name="Speedup">The yardstick over the first.</param>
/// <param name="Gflops">10⁹ operations a second of the attached model: linear layers and attention of the blocks.</param>
/// <param name="PeakGflops">The machine's own float32 rate in the same run on as many threads.</param>
/// <param name="FractionOfPeak"><paramref name="Gflops"/> over <paramref name="PeakGflops"/>.</param>
/// <param name="PlanSeconds">Mean of four steps of a plan that leaves about as much as the paper's D6: full, ast, wars+asc, ast.</param>
/// <param name="PlanSpeedup"><paramref name="SecondsMin"/> over it.</param>
internal sealed record ForwardRow(
    string Model,
    string Dtype,
    long Batch,
    long Tokens,
    int Threads,
    double SecondsMin,
    double SecondsMedian,
    double TorchSecondsMin,
    double Speedup,
    double Gflops,
    double PeakGflops,
    double FractionOfPeak,
    double PlanSeconds,
    double PlanSpeedup);
