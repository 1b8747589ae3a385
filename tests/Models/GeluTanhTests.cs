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
        var exact = GeluTanh.Compose(x.to(ScalarType.Float64)).data<double>().ToArray();
        var actual = GeluTanh.Apply(x.clone());
        actual.dtype.ShouldBe(ScalarType.BFloat16);
        var values = actual.to(ScalarType.Float64).data<double>().ToArray();
        double.IsNaN(values[0]).ShouldBeTrue();
        for (var i = 1; i < count; i++)
        {
            // Rounded once: half a step of bfloat16's eight significant bits, and what float32 had lost before. Rounding twice would show as more.
            var step = Math.ScaleB(1, Math.ILogB(exact[i]) - 7);
            Math.Abs(values[i] - exact[i]).ShouldBeLessThanOrEqualTo((0.5 * step) + (1e-6 * Math.Abs(exact[i])) + 1e-9, $"element {i}");
        }
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
