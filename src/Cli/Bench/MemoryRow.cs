namespace DiTFastAttn.Cli.Bench;

/// <summary>Memory of residuals and outputs of one plan.</summary>
/// <param name="Plan">How the plan was made.</param>
/// <param name="KeptAs">The element type in which residuals and outputs are kept.</param>
/// <param name="Psnr">dB of the results against <c>full</c> everywhere: what rounding the state costs shows between the rows of a plan.</param>
/// <param name="Steps">Denoising steps.</param>
/// <param name="Batch">Whole batch, both guidance halves.</param>
/// <param name="Tokens">L</param>
/// <param name="PredictedBytes">The peak, known before the run.</param>
/// <param name="MeasuredBytes">The peak that the run counted.</param>
/// <param name="KeepEverythingBytes">What the authors' policy holds: residual and output of every site, always, in the computation's type.</param>
/// <param name="PredictedRatio">Predicted over measured.</param>
/// <param name="Saving">Measured over keep-everything.</param>
internal sealed record MemoryRow(
    string Plan, string KeptAs, double Psnr, int Steps, long Batch, long Tokens, long PredictedBytes, long MeasuredBytes, long KeepEverythingBytes, double PredictedRatio, double Saving);
