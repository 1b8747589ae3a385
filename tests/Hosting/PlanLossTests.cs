using DiTFastAttn.Hosting.Search;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

public sealed class PlanLossTests
{
    [Fact]
    public void The_official_loss_takes_the_signed_maximum_and_the_papers_the_magnitude()
    {
        using var a = tensor(new float[] { 1, -4, 2 });
        using var b = tensor(new float[] { 3, -1, 2 });

        PlanLoss.Official.Between(a, b).ShouldBe(((2 / 3.0) + 3 + 0) / 3, 1e-5);
        PlanLoss.Paper.Between(a, b).ShouldBe(((2 / 3.0) + (3 / 4.0) + 0) / 3, 1e-5);
    }

    [Fact]
    public void Elements_are_clipped_at_ten_and_equal_ones_lose_nothing_even_where_the_formula_is_undefined()
    {
        using var a = tensor(new float[] { -1e-6f, 1e-3f });
        using var b = tensor(new float[] { -1e-6f, -1e-3f });

        PlanLoss.Official.Between(a, b).ShouldBe(Math.Min(10, 2e-3 / (1e-3 + 1e-6)) / 2, 1e-4);

        using var c = tensor(new float[] { -1, 5 });
        using var d = tensor(new float[] { 1e-4f, 5 });
        PlanLoss.Official.Between(c, d).ShouldBe(10 / 2.0, 1e-5);
    }

    [Fact]
    public void Similarity_of_a_picture_with_itself_is_one_and_falls_with_noise()
    {
        manual_seed(3);
        using var a = rand(2, 3, 24, 20);
        using var noise = randn(2, 3, 24, 20);
        using var b = a.add(noise.mul(0.1));
        using var c = a.add(noise.mul(0.5));

        StructuralSimilarity.Mean(a, a, 1).ShouldBe(1, 1e-6);
        var (near, far) = (StructuralSimilarity.Mean(a, b, 1), StructuralSimilarity.Mean(a, c, 1));
        near.ShouldBeLessThan(1);
        far.ShouldBeLessThan(near);
        PlanLoss.Ssim.Between(a, b).ShouldBe(1 - near, 1e-9);
    }

    [Fact]
    public void Pictures_that_are_too_small_or_of_two_shapes_are_refused_with_their_sizes()
    {
        using var small = rand(1, 1, 5, 8);
        using var other = rand(1, 1, 8, 8);

        Should.Throw<ArgumentException>(() => StructuralSimilarity.Mean(small, small, 1)).Message.ShouldContain("5×8");
        Should.Throw<ArgumentException>(() => StructuralSimilarity.Mean(small, other, 1)).Message.ShouldContain("[1, 1, 5, 8]");
    }

    [Fact]
    public void An_unknown_loss_is_refused_with_the_known_names()
        => Should.Throw<ArgumentException>(() => PlanLoss.Named("l3")).Message.ShouldContain("official, paper, ssim");
}
