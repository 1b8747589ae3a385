using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Tests.Metrics;

public sealed class FeatureStatisticsTests
{
    [Fact]
    public void Shards_in_a_fixed_order_give_the_same_bits_whoever_computed_them()
    {
        using var scope = NewDisposeScope();
        var features = RandomFeatures.Normal(100, 9, 1, 2, 100);
        int[] sizes = [33, 1, 5, 61];
        var streamed = new FeatureStatistics(9);
        var computed = new FeatureStatistics[sizes.Length];
        var first = 0;
        for (var i = 0; i < sizes.Length; i++)
        {
            streamed.Update(features.narrow(0, first, sizes[i]));
            first += sizes[i];
        }

        // Another worker, which got its shards in another order.
        foreach (var i in (int[])[2, 0, 3, 1])
        {
            computed[i] = FeatureStatistics.Of(features.narrow(0, sizes.Take(i).Sum(), sizes[i]));
        }

        var merged = new FeatureStatistics(9);
        Array.ForEach(computed, merged.Merge);

        merged.Count.ShouldBe(100);
        merged.Mean.ToArray().ShouldBe(streamed.Mean.ToArray());
        merged.Covariance().ShouldBe(streamed.Covariance());
        var whole = FeatureStatistics.Of(features);
        merged.Covariance().Zip(whole.Covariance()).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-12);
    }

    [Fact]
    public void A_far_mean_does_not_cost_digits()
    {
        using var scope = NewDisposeScope();
        var features = RandomFeatures.Normal(50, 3, 1).to(ScalarType.Float64);
        var near = FeatureStatistics.Of(features);
        var far = FeatureStatistics.Of(features + 1e6);

        far.Covariance().Zip(near.Covariance()).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-8);
    }

    [Fact]
    public void Nothing_merges_to_nothing()
    {
        using var scope = NewDisposeScope();
        var statistics = new FeatureStatistics(3);
        statistics.Update(zeros(0, 3));
        statistics.Merge(new FeatureStatistics(3));

        statistics.Count.ShouldBe(0);
        Should.Throw<InvalidOperationException>(() => statistics.Covariance()).Message.ShouldContain("there are 0");
    }

    [Fact]
    public void Refuses_numbers_that_are_none()
    {
        using var scope = NewDisposeScope();
        var features = RandomFeatures.Normal(4, 3, 1);
        features[2, 1] = float.NaN;

        Should.Throw<ArgumentException>(() => FeatureStatistics.Of(features)).Message.ShouldContain("a feature is NaN or infinite");
        Should.Throw<ArgumentException>(() => FeatureStatistics.FromCovariance([0, 1], [1, 0, 0, double.PositiveInfinity], 10)).Message.ShouldContain("NaN or infinite");
        Should.Throw<ArgumentException>(() => FeatureStatistics.FromCovariance([0, 1], [1, 0, 0], 10)).Message.ShouldContain("as many squared");
    }

    [Fact]
    public void Are_what_somebody_else_stored()
    {
        using var scope = NewDisposeScope();
        var statistics = FeatureStatistics.Of(RandomFeatures.Normal(30, 5, 1));
        var other = FeatureStatistics.Of(RandomFeatures.Normal(40, 5, 2));
        var stored = FeatureStatistics.FromCovariance(statistics.Mean, statistics.Covariance(), 30);

        FrechetDistance.Between(stored, other).ShouldBe(FrechetDistance.Between(statistics, other), 1e-12);
    }
}
