using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

public sealed class RandomTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Equal_seeds_give_equal_numbers()
    {
        using var first = new Generator(42);
        using var second = new Generator(42);
        using var third = new Generator(43);
        var numbers = randn(8, generator: first);
        numbers.Equals(randn(8, generator: second)).ShouldBeTrue();
        numbers.Equals(randn(8, generator: third)).ShouldBeFalse();
        first.initial_seed().ShouldBe(42);
        numbers.Equals(randn(8, generator: first.manual_seed(42))).ShouldBeTrue();
    }

    [Fact]
    public void A_state_returns_to_where_it_was_taken()
    {
        using var generator = new Generator(1);
        var state = generator.get_state();
        var numbers = rand(5, generator: generator);
        generator.set_state(state);
        rand(5, generator: generator).Equals(numbers).ShouldBeTrue();
        generator.seed();
        rand(5, generator: generator).Equals(numbers).ShouldBeFalse();
    }

    [Fact]
    public void Numbers_of_a_seed_are_torchs()
    {
        // torch.manual_seed(0); torch.rand(3) and torch.randn(3), as every torch prints them.
        using var generator = new Generator(0);
        rand(3, generator: generator).allclose(tensor([0.4963f, 0.7682f, 0.0885f]), atol: 1e-4).ShouldBeTrue();
        randn(3, generator: generator.manual_seed(0)).allclose(tensor([1.5410f, -0.2934f, -2.1788f]), atol: 1e-4).ShouldBeTrue();
    }

    [Fact]
    public void Distributions_keep_their_bounds()
    {
        using var generator = new Generator(7);
        rand(1000, generator: generator).aminmax().max.ToSingle().ShouldBeLessThan(1f);
        var dice = randint(1, 7, [1000], generator: generator);
        dice.dtype.ShouldBe(int64);
        dice.aminmax().min.ToInt64().ShouldBe(1);
        dice.aminmax().max.ToInt64().ShouldBe(6);
        randperm(100, generator: generator).sort().Values.Equals(arange(100)).ShouldBeTrue();
        var normal = empty(10000).normal_(3, 2, generator);
        normal.mean().ToSingle().ShouldBe(3f, 0.1f);
        normal.std().ToSingle().ShouldBe(2f, 0.1f);
        empty(1000).uniform_(-1, 1, generator).amin([0]).ToSingle().ShouldBeGreaterThanOrEqualTo(-1f);
        bernoulli(full(1000, 0.25f), generator).mean().ToSingle().ShouldBe(0.25f, 0.06f);
        multinomial(tensor([0f, 1f, 1f]), 50, replacement: true, generator).amin([0]).ToInt64().ShouldBe(1);
        randn_like(ones(2, 2)).shape.ShouldBe([2L, 2L]);
    }

    [Fact]
    public void A_disposed_generator_throws()
    {
        var generator = new Generator(1);
        generator.Dispose();
        Should.Throw<InvalidOperationException>(() => rand(1, generator: generator));
    }
}
