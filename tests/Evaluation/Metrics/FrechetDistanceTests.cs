using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Tests.Metrics;

public sealed class FrechetDistanceTests
{
    [Theory]
    [InlineData(200, 150, 12, 0)]
    [InlineData(7, 9, 30, 0)]
    [InlineData(2, 40, 16, 5)]
    [InlineData(40, 2, 3, -2)]
    [InlineData(60, 60, 1, 1)]
    [InlineData(300, 300, 24, 20000)]
    public void Is_what_the_singular_values_of_the_features_give(int m, int n, int d, double offset)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (RandomFeatures.Normal(m, d, 1, 1, offset), RandomFeatures.Normal(n, d, 2, 1.5, offset + 0.5));

        var distance = FrechetDistance.Between(FeatureStatistics.Of(a), FeatureStatistics.Of(b));

        distance.ShouldBe(OfFeatures(a, b), 1e-6 * OfFeatures(a, b));
    }

    [Fact]
    public void Of_subspaces_that_share_nothing_has_nothing_in_common()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (zeros(30, 20), zeros(25, 20));
        a.narrow(1, 0, 4).copy_(RandomFeatures.Normal(30, 4, 3));
        b.narrow(1, 10, 4).copy_(RandomFeatures.Normal(25, 4, 4));
        var (x, y) = (FeatureStatistics.Of(a), FeatureStatistics.Of(b));
        var means = x.Mean.ToArray().Zip(y.Mean.ToArray()).Sum(pair => Math.Pow(pair.First - pair.Second, 2));

        FrechetDistance.Between(x, y).ShouldBe(means + x.Trace() + y.Trace(), 1e-9);
    }

    [Fact]
    public void Of_constant_or_equal_sets_is_zero()
    {
        using var scope = NewDisposeScope();
        var constant = FeatureStatistics.Of(ones(10, 6) * 3);
        var other = FeatureStatistics.Of(RandomFeatures.Normal(20, 6, 5));

        FrechetDistance.Between(constant, constant).ShouldBe(0);
        FrechetDistance.Between(other, other).ShouldBe(0, 1e-10);
    }

    [Fact]
    public void Refuses_another_network_and_a_single_picture()
    {
        using var scope = NewDisposeScope();
        var six = FeatureStatistics.Of(RandomFeatures.Normal(20, 6, 5));
        var seven = FeatureStatistics.Of(RandomFeatures.Normal(20, 7, 5));
        var single = FeatureStatistics.Of(RandomFeatures.Normal(1, 6, 5));

        Should.Throw<ArgumentException>(() => FrechetDistance.Between(six, seven)).Message.ShouldContain("statistics of 7 features do not go with ones of 6");
        Should.Throw<InvalidOperationException>(() => FrechetDistance.Between(six, single)).Message.ShouldContain("at least 2 pictures; there is 1");
    }

    /// <summary>With centred A and B of n − 1, tr √(Sₐ S_b) is the sum of the singular values of A·Bᵀ.</summary>
    private static double OfFeatures(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var (x, y) = (a.to(ScalarType.Float64), b.to(ScalarType.Float64));
        var difference = x.mean([0]) - y.mean([0]);
        x = (x - x.mean([0])) / Math.Sqrt(x.shape[0] - 1);
        y = (y - y.mean([0])) / Math.Sqrt(y.shape[0] - 1);
        var shared = linalg.svdvals(x.mm(y.transpose(0, 1))).sum();
        return (difference.mul(difference).sum() + x.mul(x).sum() + y.mul(y).sum() - (shared * 2)).item<double>();
    }
}
