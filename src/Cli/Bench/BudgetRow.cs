namespace DiTFastAttn.Cli.Bench;

/// <summary>The best plan of each kind within a budget; the mean PSNR of unseen samples against <c>full</c> everywhere, in dB.</summary>
/// <param name="Budget">Attention FLOPs that may be left, in percent.</param>
/// <param name="AttentionFlopsPercent">What the planned plan leaves.</param>
/// <param name="GreedyPsnr">The paper's greedy plan of the largest threshold that stays within the budget; null where none does.</param>
/// <param name="GreedyFlopsPercent">What it leaves.</param>
/// <param name="PeriodicPsnr">The periodic plan that is best on the calibration samples; null where none is so cheap.</param>
/// <param name="PeriodicFlopsPercent">What it leaves.</param>
/// <param name="RowPsnr">The row plan alone; null where none is so cheap.</param>
/// <param name="PlannedPsnr">The plan of these that is best on the calibration samples.</param>
/// <param name="Planned">Which that is.</param>
internal sealed record BudgetRow(
    double Budget, double AttentionFlopsPercent, double? GreedyPsnr, double? GreedyFlopsPercent, double? PeriodicPsnr, double? PeriodicFlopsPercent,
    double? RowPsnr, double PlannedPsnr, string Planned);
