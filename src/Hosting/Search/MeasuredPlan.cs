using DiTFastAttn.Hosting.Plans;

namespace DiTFastAttn.Hosting.Search;

/// <summary>A plan with what it was measured to do on calibration samples.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Cost">Its attention cost.</param>
/// <param name="Psnr">PSNR in dB of its results against those with <c>full</c> everywhere, mean over the samples.</param>
/// <param name="WorstPsnr">That of the worst sample.</param>
public sealed record MeasuredPlan(AttentionPlan Plan, PlanCost Cost, double Psnr, double WorstPsnr)
{
    /// <summary>PSNR in dB of each sample.</summary>
    public IReadOnlyList<double> SamplePsnr { get; init; } = [];
}
