namespace DiTFastAttn.Evaluation.Runs;

/// <summary>What was measured of one picture.</summary>
/// <param name="Index">Its place in its set.</param>
/// <param name="IsSkipped">Whether it could not be read; it then has no numbers.</param>
/// <param name="PixelWidth">Its pixels a row.</param>
/// <param name="PixelHeight">Its rows.</param>
/// <param name="Values">All measures' numbers, one after the other.</param>
internal sealed record MeasureRecord(int Index, bool IsSkipped, int PixelWidth, int PixelHeight, float[] Values);
