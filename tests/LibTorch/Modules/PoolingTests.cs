using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Modules;

public sealed class PoolingTests
{
    [Fact]
    public void An_average_counts_the_padding_or_leaves_it_out()
    {
        using var scope = NewDisposeScope();
        var x = tensor((float[])[1, 2, 3, 4]).view(1, 1, 2, 2);

        nn.functional.avg_pool2d(x, 2).data<float>().ToArray().ShouldBe([2.5f]);
        nn.functional.avg_pool2d(x, 3, stride: 1, padding: 1, count_include_pad: false).data<float>().ToArray().ShouldBe([2.5f, 2.5f, 2.5f, 2.5f]);
        nn.functional.avg_pool2d(x, 3, stride: 1, padding: 1, divisor_override: 10).data<float>().ToArray().ShouldBe([1, 1, 1, 1]);
    }

    [Fact]
    public void A_maximum_takes_half_windows_where_sizes_are_rounded_up()
    {
        using var scope = NewDisposeScope();
        var x = arange(16, dtype: ScalarType.Float32).view(1, 1, 4, 4);

        nn.functional.max_pool2d(x, 3, stride: 2).data<float>().ToArray().ShouldBe([10]);
        nn.functional.max_pool2d(x, 3, stride: 2, ceil_mode: true).data<float>().ToArray().ShouldBe([10, 11, 14, 15]);
        nn.functional.max_pool2d(x, 2).data<float>().ToArray().ShouldBe([5, 7, 13, 15]);
    }
}
