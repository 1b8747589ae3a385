namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// Degree-5 minimax polynomial of 2^f on [0, 1) with the constant term held at 1, so that 2^0 is exact; relative error 8.3e-8.
/// </summary>
internal static class Exp2Polynomial
{
    public const float C1 = 0.6931512951850891f;
    public const float C2 = 0.24016444385051727f;
    public const float C3 = 0.05579991266131401f;
    public const float C4 = 0.009017030708491802f;
    public const float C5 = 0.0018671300495043397f;
}
