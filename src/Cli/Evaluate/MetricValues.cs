using DiTFastAttn.Evaluation;
using static System.FormattableString;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Evaluate;

/// <summary>Makes the metrics of what was measured.</summary>
/// <param name="call">The call.</param>
/// <param name="choice">Which metrics.</param>
/// <param name="pictures">What was measured of the pictures.</param>
/// <param name="real">What was measured of the real ones, or <see langword="null"/>.</param>
/// <param name="statistics">A file of the real ones' statistics, or <see langword="null"/>.</param>
internal sealed class MetricValues(VerbCall call, MetricChoice choice, MeasuredSet pictures, MeasuredSet? real, StatisticsFile? statistics)
{
    private readonly OrderedDictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];

    /// <summary>The metrics, in the order they are shown.</summary>
    public IReadOnlyDictionary<string, double> Values => _values;

    /// <summary>What a reader of the numbers has to know.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Computes all.</summary>
    /// <exception cref="UserErrorException">A set is too small for a metric.</exception>
    public void Compute()
    {
        Require(pictures, 1, "any metric");
        foreach (var set in new[] { pictures, real }.OfType<MeasuredSet>())
        {
            if (set.Results.Sizes is { Count: > 1 } sizes)
            {
                _notes.Add(Invariant($"'{set.Pictures.Name}' has pictures of {sizes.Count} sizes ({string.Join(", ", sizes.Take(3).Select(s => Invariant($"{s.Width}x{s.Height}")))}{(sizes.Count > 3 ? ", …" : "")}): each is resized by itself."));
            }

            if (set.Results.Skipped.Count > 0)
            {
                _notes.Add(Invariant($"{set.Results.Skipped.Count} of {set.Pictures.Count} pictures of '{set.Pictures.Name}' could not be read and are left out."));
            }
        }

        Add(MetricNames.Fid, AddFid);
        Add(MetricNames.Kid, AddKid);
        Add(MetricNames.PrecisionRecall, AddPrecisionRecall);
        Add(MetricNames.InceptionScore, AddInceptionScore);
        Add(MetricNames.Psnr, () => AddColumn(MetricNames.Psnr, 0));
        Add(MetricNames.Ssim, () => AddColumn(MetricNames.Ssim, 1));
        Add(MetricNames.Lpips, () => AddColumn(MetricNames.Lpips, 2));

        // The mean is kept from falling below 0, as torchmetrics does; single pictures are not.
        Add(MetricNames.ClipScore, () => _values["clip_score"] = Math.Max(0, pictures.Results.Column("caption", 0).Average(value => (double)value)));
    }

    /// <summary>A metric that nobody named is left out where the sets do not allow it, and said.</summary>
    private void Add(string metric, Action add)
    {
        if (!choice.Has(metric))
        {
            return;
        }

        try
        {
            add();
        }
        catch (UserErrorException error) when (!call.IsGiven(EvaluateOptions.Metrics))
        {
            _notes.Add($"{metric} is left out: {error.Message}");
        }
    }

    private void AddFid()
    {
        Require(pictures, 2, "FID");
        var own = pictures.Results.Statistics("features");
        var others = statistics?.Statistics;
        if (others is null)
        {
            Require(real!, 2, "FID");
            others = real!.Results.Statistics("features");
        }

        foreach (var (name, count, dimensions) in new[]
        {
            (pictures.Pictures.Name, own.Count, own.Dimensions),
            (call.Get(EvaluateOptions.Real)!, statistics is null ? others.Count : statistics.Count ?? long.MaxValue, others.Dimensions),
        })
        {
            if (count <= dimensions)
            {
                _notes.Add(Invariant($"'{name}' has {count} pictures, fewer than the {dimensions} features need for a covariance of full rank: FID is larger than of many pictures; compare sets of one size."));
            }
        }

        _values["fid"] = FrechetDistance.Between(own, others);
    }

    private void AddKid()
    {
        Require(pictures, 2, "KID");
        Require(real!, 2, "KID");
        using var own = pictures.Results.Rows("features");
        using var others = real!.Results.Rows("features");
        var size = (int)Math.Min(call.Get(EvaluateOptions.SubsetSize), Math.Min(own.shape[0], others.shape[0]));
        if (size < call.Get(EvaluateOptions.SubsetSize))
        {
            _notes.Add(Invariant($"KID is of subsets of {size} pictures: a set has no more."));
        }

        var kid = KernelInceptionDistance.OfSubsets(own, others, call.Get(EvaluateOptions.Subsets), size, call.Get(CommonOptions.Seed));
        (_values["kid"], _values["kid_std"]) = (kid.Mean, kid.Deviation);
    }

    private void AddPrecisionRecall()
    {
        var k = call.Get(EvaluateOptions.Neighbours);
        Require(pictures, k + 1, Invariant($"precision and recall with --neighbours {k}"));
        Require(real!, k + 1, Invariant($"precision and recall with --neighbours {k}"));
        using var own = pictures.Results.Rows("features");
        using var others = real!.Results.Rows("features");
        var result = PrecisionRecall.Between(own, others, k);
        (_values["precision"], _values["recall"]) = (result.Precision, result.Recall);
    }

    private void AddInceptionScore()
    {
        var splits = call.Get(EvaluateOptions.Splits);
        Require(pictures, splits, Invariant($"the Inception Score with --splits {splits}"));
        using var scope = NewDisposeScope();
        var rows = pictures.Results.Rows("logits");
        if (rows.shape[0] < 10L * splits)
        {
            _notes.Add(Invariant($"the Inception Score is of {rows.shape[0] / splits} pictures a part: of so few it is much smaller than of many."));
        }

        var isOriginal = call.Get(EvaluateOptions.ScoreSplitting) == "original";

        // torchmetrics shuffles at every call; here by the seed, so that it is the same again.
        var score = isOriginal ? InceptionScore.Original(rows, splits) : InceptionScore.Torchmetrics(rows.index_select(0, Shuffled((int)rows.shape[0])), splits);
        _values["inception_score"] = score.Mean;
        if (double.IsFinite(score.Deviation))
        {
            _values["inception_score_std"] = score.Deviation;
        }
    }

    private Tensor Shuffled(int count)
    {
        long[] order = [.. Enumerable.Range(0, count).Select(index => (long)index)];
        new Random(call.Get(CommonOptions.Seed)).Shuffle(order);
        return tensor(order);
    }

    private void AddColumn(string metric, int column)
    {
        var values = pictures.Results.Column("pair", column);
        if (Array.Exists(values, float.IsNaN))
        {
            throw new UserErrorException($"--metrics {metric}: a picture is smaller than its window of 11x11 pixels allows; leave it out by --metrics.");
        }

        _values[metric] = values.Average(value => (double)value);
        if (metric == MetricNames.Psnr)
        {
            _values["psnr_min"] = values.Min();
        }
    }

    private static void Require(MeasuredSet set, int least, string what)
    {
        if (set.Results.Measured.Count < least)
        {
            throw new UserErrorException(Invariant($"'{set.Pictures.Name}': {set.Results.Measured.Count} of its {set.Pictures.Count} pictures can be read; {what} needs at least {least}."));
        }
    }
}
