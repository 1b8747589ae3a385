namespace DiTFastAttn;

/// <summary>How a plan was made.</summary>
/// <param name="Method">For example <c>greedy</c>, <c>periodic</c> or <c>hand</c>.</param>
public sealed record PlanOrigin(string Method)
{
    /// <summary>Loss of the greedy search: <c>official</c>, <c>paper</c> or <c>ssim</c>.</summary>
    public string? Loss { get; init; }

    /// <summary>Threshold δ of the greedy search.</summary>
    public double? Threshold { get; init; }

    /// <summary>Number of calibration samples.</summary>
    public int? CalibrationSamples { get; init; }

    /// <summary>Seed of the calibration noise, at least 0.</summary>
    public long? Seed { get; init; }

    /// <summary>What the plan was expected to cost when it was made: multiply-accumulates of its sites as a part of <c>full</c> everywhere, 0 to 1.</summary>
    public double? Cost { get; init; }

    /// <summary>Mean PSNR in dB against <c>full</c> everywhere that it had when it was made, on the calibration samples.</summary>
    public double? Psnr { get; init; }

    /// <summary>The same on samples that it was not made with.</summary>
    public double? ValidationPsnr { get; init; }

    /// <summary>A remark for readers.</summary>
    public string? Note { get; init; }
}
