using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Modules;

/// <summary>Compares tensors with numbers and with each other.</summary>
internal static class Near
{
    public static void ShouldBeNear(this Tensor actual, Tensor expected, double tolerance = 1e-5)
    {
        actual.shape.ShouldBe(expected.shape);
        using var scope = NewDisposeScope();
        var difference = (actual.to(float64) - expected.to(float64)).abs().max().item<double>();
        difference.ShouldBeLessThanOrEqualTo(tolerance);
    }

    public static void ShouldBeNear(this Tensor actual, double[] expected, double tolerance = 1e-5)
    {
        using var scope = NewDisposeScope();
        var values = actual.to(float64).contiguous().data<double>().ToArray();
        values.Length.ShouldBe(expected.Length);
        for (var i = 0; i < values.Length; i++) Math.Abs(values[i] - expected[i]).ShouldBeLessThanOrEqualTo(tolerance, $"element {i} is {values[i]}, expected {expected[i]}");
    }
}
