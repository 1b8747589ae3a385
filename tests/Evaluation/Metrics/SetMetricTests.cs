using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Tests.Metrics;

/// <summary>The Inception Score, KID, precision and recall on sets whose answer is known.</summary>
public sealed class SetMetricTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Certain_and_even_classes_score_their_number(int splits)
    {
        using var scope = NewDisposeScope();
        var logits = eye(5, dtype: ScalarType.Float32).repeat(10, 1) * 1e4; // each class in turn, beyond doubt

        InceptionScore.Original(logits, splits).Mean.ShouldBe(5, 1e-9);
        InceptionScore.Torchmetrics(logits, splits).Mean.ShouldBe(5, 1e-9);
    }

    [Fact]
    public void The_two_ways_of_splitting_differ_where_parts_are_uneven()
    {
        using var scope = NewDisposeScope();
        var logits = RandomFeatures.Normal(41, 7, 3, 2);
        var chunks = Enumerable.Range(0, 9).Select(i => logits.narrow(0, i * 5, Math.Min(5, 41 - (i * 5)))).Select(part => InceptionScore.Original(part, 1).Mean).ToArray();

        var torchmetrics = InceptionScore.Torchmetrics(logits, 10);

        torchmetrics.Mean.ShouldBe(chunks.Average(), 1e-12);
        torchmetrics.Deviation.ShouldBe(Math.Sqrt(chunks.Sum(score => Math.Pow(score - chunks.Average(), 2)) / 8), 1e-12);
        InceptionScore.Original(logits, 10).Mean.ShouldNotBe(torchmetrics.Mean);
        InceptionScore.Torchmetrics(logits, 1).Deviation.ShouldBe(double.NaN);
        Should.Throw<ArgumentException>(() => InceptionScore.Original(logits, 42)).Message.ShouldContain("41 pictures cannot be split into 42 parts");
    }

    [Fact]
    public void Kid_of_sets_of_different_sizes_is_the_formula()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (RandomFeatures.Normal(6, 4, 1).to(ScalarType.Float64), RandomFeatures.Normal(9, 4, 2, 1.3).to(ScalarType.Float64));
        var expected = Mean(a, a, skipEqual: true) + Mean(b, b, skipEqual: true) - (2 * Mean(a, b, skipEqual: false));

        KernelInceptionDistance.Between(a, b).ShouldBe(expected, 1e-12);
        KernelInceptionDistance.OfSubsets(a, b, 3, 6, seed: 0).ShouldBe(KernelInceptionDistance.OfSubsets(a, b, 3, 6, seed: 0));
        KernelInceptionDistance.OfSubsets(a, a, 4, 6, seed: 1).Deviation.ShouldBe(0, 1e-12);
        Should.Throw<ArgumentException>(() => KernelInceptionDistance.OfSubsets(a, b, 1, 7, seed: 0)).Message.ShouldContain("give at most 6");
    }

    [Fact]
    public void Precision_and_recall_of_points_on_a_line()
    {
        using var scope = NewDisposeScope();
        var real = tensor((float[])[0, 1, 2, 3]).view(-1, 1);
        var generated = tensor((float[])[0.5f, 2.5f, 4, 100]).view(-1, 1);

        // Real balls have radius 1: 0.5, 2.5 and 4 (just) are inside. Generated balls: radii 2, 1.5, 1.5, 96 cover all four, 100's reaches down to 4.
        PrecisionRecall.Between(generated, real, 1).ShouldBe(new PrecisionRecall(0.75, 1));
        PrecisionRecall.Between(real, real, 1).ShouldBe(new PrecisionRecall(1, 1));
        Should.Throw<ArgumentException>(() => PrecisionRecall.Between(generated, real, 4)).Message.ShouldContain("more than 4 pictures");
    }

    [Fact]
    public void Equal_points_have_balls_of_radius_zero_that_hold_them()
    {
        using var scope = NewDisposeScope();
        var points = ones(6, 3) * 1e4;

        PrecisionRecall.Between(points, points, 3).ShouldBe(new PrecisionRecall(1, 1));
        PrecisionRecall.Between(points, points + 1, 3).ShouldBe(new PrecisionRecall(0, 0));
    }

    private static double Mean(Tensor x, Tensor y, bool skipEqual)
    {
        var (sum, count) = (0.0, 0);
        for (var i = 0; i < x.shape[0]; i++)
        {
            for (var j = 0; j < y.shape[0]; j++)
            {
                if (!skipEqual || i != j)
                {
                    sum += Math.Pow(((x[i] * y[j]).sum().item<double>() / x.shape[1]) + 1, 3);
                    count++;
                }
            }
        }

        return sum / count;
    }
}
