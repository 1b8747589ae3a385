using DiTFastAttn.Models.DiT;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

public sealed class GeluTanhTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    [InlineData(300_001)]
    public void One_pass_gives_the_formulas_values(int count)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var x = linspace(-12, 12, count, ScalarType.Float32);
        var expected = GeluTanh.Compose(x.to(ScalarType.Float64));
        var actual = GeluTanh.Apply(x.clone());
        (actual.to(ScalarType.Float64) - expected).abs().max().item<double>().ShouldBeLessThan(3e-6);
        (actual.to(ScalarType.Float64) - expected).norm().item<double>().ShouldBeLessThan(1e-7 + (3e-7 * expected.norm().item<double>()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(5000)]
    public void Bfloat16_is_computed_in_float32_and_rounded_once(int count)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var x = (randn(count) * 3).to(ScalarType.BFloat16);
        x[0] = float.NaN;
        var expected = GeluTanh.Compose(x.to(ScalarType.Float32)).to(ScalarType.BFloat16).to(ScalarType.Float32);
        var actual = GeluTanh.Apply(x.clone());
        actual.dtype.ShouldBe(ScalarType.BFloat16);
        actual = actual.to(ScalarType.Float32);
        actual[0].isnan().item<bool>().ShouldBeTrue();

        // The last bit may fall to either side where the float32 values are a rounding apart.
        actual.narrow(0, 1, count - 1).allclose(expected.narrow(0, 1, count - 1), 0.0079, 1e-6).ShouldBeTrue();
        actual.eq(expected).to(ScalarType.Float32).sum().item<float>().ShouldBeGreaterThanOrEqualTo((count - 1) * .99f);
    }

    [Fact]
    public void Gradients_are_the_formulas()
    {
        using var scope = NewDisposeScope();
        var weights = randn(5, 333);
        var x = (randn(5, 333) * 3).requires_grad_();
        var y = x.detach().clone().requires_grad_();
        (GeluTanh.Apply(x.alias()) * weights).sum().backward();
        (GeluTanh.Compose(y) * weights).sum().backward();
        ((x.grad! - y.grad!).norm() / y.grad!.norm()).item<float>().ShouldBeLessThan(1e-6f);
    }

    [Fact]
    public void Far_from_zero_it_is_the_identity_or_nothing()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        GeluTanh.Apply(tensor(new[] { 1e4f, 30f, 0f, -30f, -1e4f })).data<float>().ToArray().ShouldBe([1e4f, 30f, 0f, 0f, 0f], 1e-6f);
        GeluTanh.Apply(tensor(new[] { float.NaN })).isnan().all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void Other_types_and_layouts_take_torchs_operators()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var x = randn(6, 4);
        var expected = GeluTanh.Compose(x);
        GeluTanh.Apply(x.t()).t().allclose(expected, 1e-5, 1e-6).ShouldBeTrue();
        var wide = GeluTanh.Apply(x.to(ScalarType.Float64));
        wide.dtype.ShouldBe(ScalarType.Float64);
        wide.to(ScalarType.Float32).allclose(expected, 1e-5, 1e-6).ShouldBeTrue();
    }
}
