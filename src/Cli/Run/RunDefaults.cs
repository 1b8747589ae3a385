namespace DiTFastAttn.Cli.Run;

/// <summary>What the authors' two scripts differ in: their defaults.</summary>
/// <param name="Model">The model, as it is called where it is published.</param>
/// <param name="CalibrationSamples">Samples that the search calibrates on.</param>
/// <param name="WindowSize">Window w in tokens.</param>
/// <param name="EvaluationImages">Pictures to evaluate on.</param>
/// <param name="EvaluationBatch">Of these at a time.</param>
/// <param name="RealImages">Where the real pictures lie.</param>
/// <param name="LatencyBatch">Pictures at a time for the timings.</param>
/// <param name="GuidanceScale">Classifier-free guidance.</param>
internal sealed record RunDefaults(
    string Model, int CalibrationSamples, int WindowSize, int EvaluationImages, int EvaluationBatch, string RealImages, int LatencyBatch, double GuidanceScale)
{
    /// <summary>Threshold δ of the search.</summary>
    public double Threshold { get; init; } = 1;

    /// <summary>Seed of all random numbers.</summary>
    public int Seed { get; init; } = 3;
}
