using DiTFastAttn.Models.Vae;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

[Collection(ThreadCount.Collection)]
public sealed class GroupNormTests
{
    [Theory]
    [InlineData(1, 8, 4, 3, 5, 0)]
    [InlineData(2, 12, 4, 7, 7, 3)]
    [InlineData(2, 30, 3, 40, 33, 1000)]
    [InlineData(1, 128, 32, 50, 31, -20)]
    [InlineData(1, 7, 7, 1, 1, 0)]
    public void One_pass_gives_the_formulas_values(int batch, int channels, int groups, int rows, int columns, float offset)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var norm = nn.GroupNorm(groups, channels, 1e-6);
        FormulaWeights.Fill(norm);
        var x = VaeLayers.ChannelsLast(randn([batch, channels, rows, columns], generator: new Generator(4)) + offset, ScalarType.Float32);
        GroupNormCpu.Supports(x).ShouldBeTrue();
        var wide = x.to(ScalarType.Float64).contiguous().view(batch, groups, -1);
        var distance = wide - wide.mean([2], keepdim: true);
        var normalized = (distance / (distance.square().mean([2], keepdim: true) + 1e-6).sqrt()).view(batch, channels, rows, columns);
        var expected = (normalized * norm.weight.to(ScalarType.Float64).view(1, channels, 1, 1)) + norm.bias!.to(ScalarType.Float64).view(1, channels, 1, 1);

        const double limit = 4e-6;
        Error(VaeLayers.Normalize(norm, x, withSilu: false, overwrite: false), expected).ShouldBeLessThan(limit);
        var activated = VaeLayers.Normalize(norm, x, withSilu: true, overwrite: false);
        Error(activated, expected * expected.sigmoid()).ShouldBeLessThan(limit);

        VaeLayers.Normalize(norm, x, withSilu: true, overwrite: true);
        x.equal(activated).all().ToBoolean().ShouldBeTrue();
    }

    [Fact]
    public void A_picture_that_is_flat_but_for_one_place_keeps_its_variance()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var norm = nn.GroupNorm(1, 8, 1e-6);
        var x = full([1, 8, 512, 64], 3f);
        x[0, 0, 0, 0] = 3.1f;
        var actual = VaeLayers.Normalize(norm, VaeLayers.ChannelsLast(x, ScalarType.Float32), withSilu: false, overwrite: false);
        var (count, step) = (8.0 * 512 * 64, (double)(3.1f - 3f));
        var variance = step * step * (1 - (1 / count)) / count;
        ((double)actual[0, 0, 0, 0].ToSingle()).ShouldBe(step * (1 - (1 / count)) / Math.Sqrt(variance + 1e-6), 1e-2);
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var norm = nn.GroupNorm(8, 64, 1e-6);
        var x = VaeLayers.ChannelsLast(randn([2, 64, 70, 90], generator: new Generator(9)), ScalarType.Float32);
        var before = get_num_threads();
        try
        {
            set_num_threads(1);
            var alone = VaeLayers.Normalize(norm, x, withSilu: true, overwrite: false);
            set_num_threads(3);
            VaeLayers.Normalize(norm, x, withSilu: true, overwrite: false).equal(alone).all().ToBoolean().ShouldBeTrue();
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void Other_types_and_layouts_take_torchs_operators()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var norm = nn.GroupNorm(2, 6, 1e-6);
        var x = randn([1, 6, 5, 4], generator: new Generator(2));
        GroupNormCpu.Supports(x).ShouldBeFalse();
        GroupNormCpu.Supports(x.to(ScalarType.Float64)).ShouldBeFalse();
        var packed = VaeLayers.Normalize(norm, VaeLayers.ChannelsLast(x, ScalarType.Float32), withSilu: true, overwrite: false);
        Error(VaeLayers.Normalize(norm, x, withSilu: true, overwrite: false), packed.to(ScalarType.Float64)).ShouldBeLessThan(2e-6);
    }

    private static double Error(Tensor actual, Tensor expected) => (actual.to(ScalarType.Float64) - expected).abs().max().item<double>();
}
