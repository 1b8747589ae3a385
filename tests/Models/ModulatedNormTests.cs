using DiTFastAttn.Models.DiT;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

public sealed class ModulatedNormTests
{
    [Theory]
    [InlineData(1, 1, 1, 1, 0)]
    [InlineData(2, 3, 7, 2, 0)]
    [InlineData(3, 65, 40, 1, 0)]
    [InlineData(2, 130, 72, 2, 1000)]
    [InlineData(1, 5, 1152, 1, -30)]
    public void One_pass_gives_the_formulas_values(long batch, long tokens, long width, long parameters, double mean)
    {
        using var scope = NewDisposeScope();
        var (x, shift, scale) = Draw(batch, tokens, width, parameters, mean, ScalarType.Float32);

        ModulatedNormCpu.Supports(x, shift, scale).ShouldBeTrue();
        var result = ModulatedNormCpu.Apply(x, shift, scale, 1e-6);

        // Values of size |mean| carry a rounding of 6e-8·|mean| each, beside a deviation of 1.
        WorstError(result, x, shift, scale).ShouldBeLessThan(1e-5 + (1e-6 * Math.Abs(mean)));
    }

    [Theory]
    [InlineData(2, 3, 7, 1)]
    [InlineData(2, 70, 1152, 2)]
    public void Bfloat16_is_computed_in_float32_and_rounded_once(long batch, long tokens, long width, long parameters)
    {
        using var scope = NewDisposeScope();
        var (x, shift, scale) = Draw(batch, tokens, width, parameters, 0.5, ScalarType.BFloat16);

        ModulatedNormCpu.Supports(x, shift, scale).ShouldBeTrue();
        var result = ModulatedNormCpu.Apply(x, shift, scale, 1e-6);

        result.dtype.ShouldBe(ScalarType.BFloat16);
        var exact = Exact(x, shift, scale);
        var excess = (result.to(ScalarType.Float64) - exact).abs() - (exact.abs() / 256);
        excess.max().item<double>().ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void Shift_and_scale_may_be_views_of_one_modulation()
    {
        using var scope = NewDisposeScope();
        var modulation = randn(2, 6 * 16, generator: new Generator(5));
        var parts = modulation.unsqueeze(1).chunk(6, 2);
        var x = randn(2, 9, 16, generator: new Generator(6));

        var result = AdaLNZero.Modulate(x, parts[3], parts[4], AdaLNZero.Epsilon);

        WorstError(result, x, parts[3], parts[4]).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void What_is_recorded_or_lies_apart_is_left_to_torch()
    {
        using var scope = NewDisposeScope();
        var (x, shift, scale) = Draw(2, 4, 8, 2, 0, ScalarType.Float32);

        ModulatedNormCpu.Supports(x.transpose(0, 1), shift, scale).ShouldBeFalse();
        ModulatedNormCpu.Supports(x, shift.expand(2, 4, 8), scale).ShouldBeFalse();
        ModulatedNormCpu.Supports(x.to(ScalarType.Float64), shift, scale).ShouldBeFalse();
        shift.requires_grad_(true);
        ModulatedNormCpu.Supports(x, shift, scale).ShouldBeFalse();
        using (no_grad())
        {
            ModulatedNormCpu.Supports(x, shift, scale).ShouldBeTrue();
        }
    }

    [Fact]
    public void NaN_stays_in_its_row()
    {
        using var scope = NewDisposeScope();
        var (x, shift, scale) = Draw(1, 3, 24, 1, 0, ScalarType.Float32);
        x[0, 1, 5] = float.NaN;

        var result = ModulatedNormCpu.Apply(x, shift, scale, 1e-6);

        var rows = result.isnan().sum(dim: 2);
        rows[0].data<long>().ToArray().ShouldBe([0, 24, 0]);
    }

    private static (Tensor X, Tensor Shift, Tensor Scale) Draw(long batch, long tokens, long width, long parameters, double mean, ScalarType type)
    {
        var random = new Generator(11);
        return ((randn([batch, tokens, width], generator: random) + mean).to(type), randn([parameters, 1, width], generator: random).to(type),
            randn([parameters, 1, width], generator: random).to(type));
    }

    private static Tensor Exact(Tensor x, Tensor shift, Tensor scale)
    {
        var values = x.to(ScalarType.Float64);
        var middle = values - values.mean([2], keepdim: true);
        var normed = middle / ((middle * middle).mean([2], keepdim: true) + 1e-6).sqrt();
        return (normed * (scale.to(ScalarType.Float64) + 1)) + shift.to(ScalarType.Float64);
    }

    private static double WorstError(Tensor result, Tensor x, Tensor shift, Tensor scale)
    {
        var exact = Exact(x, shift, scale);
        return (result.to(ScalarType.Float64) - exact).abs().max().item<double>();
    }
}
