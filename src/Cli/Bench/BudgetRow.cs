namespace DiTFastAttn.Cli.Bench;

/// <summary>The best plan of each kind within a budget; the mean PSNR of unseen samples against <c>full</c> everywhere, in dB.</summary>
/// <param name="Budget">FLOPs that may be left, in percent: of attention, and of feed-forwards where they take part.</param>
/// <param name="AttentionFlopsPercent">What the planned plan leaves.</param>
/// <param name="GreedyPsnr">The paper's greedy plan that is best on the unseen samples; null where none is so cheap.</param>
/// <param name="GreedyFlopsPercent">What it leaves.</param>
/// <param name="PeriodicPsnr">The periodic plan that is best on the unseen samples; null where none is so cheap.</param>
/// <param name="PeriodicFlopsPercent">What it leaves.</param>
/// <param name="RowPsnr">The row plan alone, unrefined; null where none is so cheap.</param>
/// <param name="PlannedPsnr">The plan that the search chose by the calibration samples; null where none of attention alone is so cheap.</param>
/// <param name="WorstPsnr">Its worst unseen sample.</param>
/// <param name="CalibrationPsnr">What it had on the calibration samples.</param>
/// <param name="Planned">What kind of plan it is.</param>
/// <param name="EverythingPsnr">The best periodic plan that reuses feed-forwards too; null where they take no part, or none is so cheap.</param>
/// <param name="JointPsnr">The plan that was searched over attention and feed-forwards; null where they take no part.</param>
/// <param name="JointWorstPsnr">Its worst unseen sample.</param>
internal sealed record BudgetRow(
    double Budget, double? AttentionFlopsPercent, double? GreedyPsnr, double? GreedyFlopsPercent, double? PeriodicPsnr, double? PeriodicFlopsPercent,
    double? RowPsnr, double? PlannedPsnr, double? WorstPsnr, double? CalibrationPsnr, string? Planned, double? EverythingPsnr = null, double? JointPsnr = null, double? JointWorstPsnr = null);
