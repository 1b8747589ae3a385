namespace DiTFastAttn.Cli.Bench;

/// <summary>Memory of residuals and outputs of one plan.</summary>
/// <param name="Plan">How the plan was made.</param>
/// <param name="Steps">Denoising steps.</param>
/// <param name="Batch">Whole batch, both guidance halves.</param>
/// <param name="Tokens">L</param>
/// <param name="PredictedBytes">The peak, known before the run.</param>
/// <param name="MeasuredBytes">The peak that the run counted.</param>
/// <param name="KeepEverythingBytes">What the authors' policy holds: residual and output of every site, always.</param>
/// <param name="PredictedRatio">Predicted over measured.</param>
/// <param name="Saving">Measured over keep-everything.</param>
internal sealed record MemoryRow(
    string Plan, int Steps, long Batch, long Tokens, long PredictedBytes, long MeasuredBytes, long KeepEverythingBytes, double PredictedRatio, double Saving);
