using DiTFastAttn.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>metrics.fid</c>: mean, covariance and Fréchet distance of features, also merged from shards.</summary>
internal sealed class MetricsFid : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "metrics.fid";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        long[]? shards = file.Root.Optional("call") is { } call && call.Optional("shards_a") is not null ? call.Longs("shards_a") : null;
        var a = Statistics(file, "in.features_a", shards);
        var b = Statistics(file, "in.features_b", shards);
        answer.Add("out.fid", tensor(FrechetDistance.Between(a, b)));
        Add(answer, "a", a);
        Add(answer, "b", b);
    }

    private static void Add(CaseAnswer answer, string set, FeatureStatistics statistics)
    {
        answer.Add($"out.mu_{set}", tensor(statistics.Mean.ToArray()));
        using var covariance = tensor(statistics.Covariance());
        answer.Add($"out.sigma_{set}", covariance.reshape(statistics.Dimensions, statistics.Dimensions));
    }

    /// <summary>As many rows a shard as the case says; the last one that there are rows for takes what is left.</summary>
    private static FeatureStatistics Statistics(CaseFile file, string name, long[]? shards)
    {
        using var features = file.Tensor(name);
        var rows = features.shape[0];
        var sizes = shards ?? [rows];
        var statistics = new FeatureStatistics((int)features.shape[1]);
        var done = 0L;
        for (var i = 0; i < sizes.Length && done < rows; i++)
        {
            var left = rows - done;
            using var shard = features.narrow(0, done, i == sizes.Length - 1 ? left : Math.Min(sizes[i], left));
            statistics.Update(shard);
            done += shard.shape[0];
        }

        return statistics;
    }
}
