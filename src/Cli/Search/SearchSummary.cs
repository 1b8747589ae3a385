namespace DiTFastAttn.Cli.Search;

/// <summary>What <c>search</c> writes with <c>--json</c>.</summary>
/// <param name="Method">How the plan was found.</param>
/// <param name="SearchSeconds">Seconds of the search.</param>
/// <param name="AttentionFlopsPercent">Attention multiply-accumulates that the plan leaves.</param>
/// <param name="FlopsPercent">Multiply-accumulates of all sites that it has columns for, feed-forwards too where they are searched.</param>
/// <param name="CalibrationPsnr">dB of the plan on the calibration samples; null where it was not run.</param>
/// <param name="ValidationPsnr">dB on samples that the plan was not calibrated on, mean; null without.</param>
/// <param name="WorstValidationPsnr">The worst of them.</param>
/// <param name="Trials">Evaluated choices.</param>
/// <param name="BlockEvaluations">Blocks of the model that were computed.</param>
/// <param name="ForwardEquivalents">The same in whole model calls.</param>
/// <param name="Plan">The plan's file.</param>
internal sealed record SearchSummary(
    string Method, double SearchSeconds, double AttentionFlopsPercent, double FlopsPercent, double? CalibrationPsnr, double? ValidationPsnr, double? WorstValidationPsnr, int Trials, long BlockEvaluations, double ForwardEquivalents, string Plan);
