using DiTFastAttn.Evaluation;

namespace DiTFastAttn.Cli.Evaluate;

/// <summary>Which metrics a call computes: those it names, or all that it gives what is needed for.</summary>
/// <param name="call">The call.</param>
internal sealed class MetricChoice(VerbCall call)
{
    private readonly HashSet<string> _chosen = Choose(call);

    /// <summary>Whether features of pictures are needed.</summary>
    public bool NeedsFeatures => Has(MetricNames.Fid) || NeedsRealFeatures || call.Get(EvaluateOptions.SaveStatistics) is not null;

    /// <summary>Whether the features of every real picture are needed, and not only their statistics.</summary>
    public bool NeedsRealFeatures => Has(MetricNames.Kid) || Has(MetricNames.PrecisionRecall);

    /// <summary>Whether pictures are compared pair by pair.</summary>
    public bool NeedsPairs => Has(MetricNames.Psnr) || Has(MetricNames.Ssim) || Has(MetricNames.Lpips);

    /// <summary>Whether a metric is computed.</summary>
    public bool Has(string metric) => _chosen.Contains(metric);

    private static HashSet<string> Choose(VerbCall call)
    {
        if (call.Get(EvaluateOptions.Metrics) is { } named)
        {
            foreach (var metric in named.Values)
            {
                if (Lacking(call, metric) is { } option)
                {
                    throw new UserErrorException($"--metrics {metric}: it needs {option}.");
                }
            }

            return [.. named.Values];
        }

        HashSet<string> possible = [.. MetricNames.All.Where(metric => Lacking(call, metric) is null)];
        return possible.Count > 0 || (call.Get(EvaluateOptions.SaveStatistics) is not null && call.Get(EvaluateOptions.Inception) is not null)
            ? possible
            : throw new UserErrorException(
                "evaluate: nothing to measure with; give --reference SET (PSNR, SSIM), --inception FILE (the Inception Score; with --real SET also FID, KID, precision and recall) or --clip DIR (CLIPScore).");
    }

    /// <summary>The option that a metric lacks, or <see langword="null"/>.</summary>
    private static string? Lacking(VerbCall call, string metric)
    {
        var hasPictures = call.Get(EvaluateOptions.Real) is { } real && !StatisticsFile.IsLikely(real);
        return metric switch
        {
            MetricNames.Fid or MetricNames.Kid or MetricNames.PrecisionRecall or MetricNames.InceptionScore when call.Get(EvaluateOptions.Inception) is null
                => "--inception FILE, the FID network's weights",
            MetricNames.Fid when call.Get(EvaluateOptions.Real) is null => "--real SET, the real pictures or their statistics",
            MetricNames.Kid or MetricNames.PrecisionRecall when !hasPictures => "--real SET with pictures: a file of statistics has no features",
            MetricNames.Psnr or MetricNames.Ssim or MetricNames.Lpips when call.Get(EvaluateOptions.Reference) is null => "--reference SET, the same pictures made without a plan",
            MetricNames.Lpips when call.Get(EvaluateOptions.LpipsBackbone) is null => "--lpips-backbone FILE, and --lpips-heads FILE",
            MetricNames.ClipScore when call.Get(EvaluateOptions.Clip) is null => "--clip DIR, CLIP's folder",
            _ => null,
        };
    }
}
