using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

public sealed class ArithmeticTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Operators_take_tensors_and_numbers_on_both_sides()
    {
        var t = tensor([1f, 2f, 4f]);
        (t + t).Floats().ShouldBe([2f, 4f, 8f]);
        (t + 1).Floats().ShouldBe([2f, 3f, 5f]);
        (1 + t).Floats().ShouldBe([2f, 3f, 5f]);
        (t - 0.5).Floats().ShouldBe([0.5f, 1.5f, 3.5f]);
        (1 - t).Floats().ShouldBe([0f, -1f, -3f]);
        (t * 2L).Floats().ShouldBe([2f, 4f, 8f]);
        (2f * t).Floats().ShouldBe([2f, 4f, 8f]);
        (t / 2).Floats().ShouldBe([0.5f, 1f, 2f]);
        (8.0 / t).Floats().ShouldBe([8f, 4f, 2f]);
        (t % 3).Floats().ShouldBe([1f, 2f, 1f]);
        (-t).Floats().ShouldBe([-1f, -2f, -4f]);
    }

    [Fact]
    public void Comparisons_give_truth_values()
    {
        var t = tensor([1f, 2f, 4f]);
        (t > 1).Bools().ShouldBe([false, true, true]);
        (2 >= t).Bools().ShouldBe([true, true, false]);
        (t == tensor([1f, 0f, 4f])).Bools().ShouldBe([true, false, true]);
        ((t > 1) & (t < 4)).Bools().ShouldBe([false, true, false]);
        (~(t > 1)).Bools().ShouldBe([true, false, false]);
        t.Equals(tensor([1f, 2f, 4f])).ShouldBeTrue();
        t.Equals(tensor([1f, 2f])).ShouldBeFalse();
        t.allclose(t + 1e-7).ShouldBeTrue();
        t.allclose(t + 0.1).ShouldBeFalse();
    }

    [Fact]
    public void An_integer_scalar_keeps_the_dtype_and_a_floating_one_does_not()
    {
        var t = tensor([1L, 2L]);
        (t + 1).dtype.ShouldBe(int64);
        (t + 1.5).dtype.ShouldBe(float32);
        (t / 2).dtype.ShouldBe(float32);
        promote_types(int64, float16).ShouldBe(float16);
        result_type(tensor([1]), tensor([1.0])).ShouldBe(float64);
    }

    [Fact]
    public void Shapes_broadcast()
    {
        var column = tensor([10f, 20f]).unsqueeze(1);
        var sum = column + tensor([1f, 2f, 3f]);
        sum.shape.ShouldBe([2L, 3L]);
        sum.Floats().ShouldBe([11f, 12f, 13f, 21f, 22f, 23f]);
    }

    [Fact]
    public void Alpha_scales_the_second_term() => tensor([1f]).add(tensor([10f]), 2).Floats().ShouldBe([21f]);

    [Fact]
    public void Division_rounds_as_asked()
    {
        var t = tensor([-7f, 7f]);
        t.div(2).Floats().ShouldBe([-3.5f, 3.5f]);
        t.div(2, RoundingMode.trunc).Floats().ShouldBe([-3f, 3f]);
        t.div(2, RoundingMode.floor).Floats().ShouldBe([-4f, 3f]);
    }

    [Fact]
    public void In_place_operators_change_the_tensor_and_return_the_same_object()
    {
        var t = tensor([1f, 2f]);
        var view = t.view(2, 1);
        t.mul_(3).ShouldBeSameAs(t);
        t.add_(tensor([1f, 1f]), 2).sub_(1).div_(2).Floats().ShouldBe([2f, 3.5f]);
        view.Floats().ShouldBe([2f, 3.5f]);
        t.lerp_(tensor([4f, 4.5f]), tensor(0.5f)).Floats().ShouldBe([3f, 4f]);
        t.addcmul_(tensor([1f, 2f]), tensor([2f, 2f]), 0.5).Floats().ShouldBe([4f, 6f]);
        t.addcdiv_(tensor([1f, 2f]), tensor([2f, 2f]), 2).Floats().ShouldBe([5f, 8f]);
        t.clamp_(max: 6).Floats().ShouldBe([5f, 6f]);
        t.copy_(tensor([7.0])).Floats().ShouldBe([7f, 7f]);
        t.fill_(2).zero_().Floats().ShouldBe([0f, 0f]);
    }

    [Fact]
    public void Elementwise_functions_agree_with_the_ones_of_dotnet()
    {
        double[] x = [0.25, 0.5, 0.75];
        var t = tensor(x);
        Agrees(t.exp(), x, Math.Exp);
        Agrees(log(t), x, Math.Log);
        Agrees(t.sqrt(), x, Math.Sqrt);
        Agrees(rsqrt(t), x, v => 1 / Math.Sqrt(v));
        Agrees(t.sin(), x, Math.Sin);
        Agrees(t.cos(), x, Math.Cos);
        Agrees(t.tanh(), x, Math.Tanh);
        Agrees(sigmoid(t), x, v => 1 / (1 + Math.Exp(-v)));
        Agrees(t.square(), x, v => v * v);
        Agrees(t.pow(3), x, v => v * v * v);
        Agrees(t.reciprocal(), x, v => 1 / v);
        Agrees(t.round(1), [0.2, 0.5, 0.8], v => v);
        Agrees(t.silu(), x, v => v / (1 + Math.Exp(-v)));
        Agrees(atan2(t, tensor([1.0])), x, v => Math.Atan2(v, 1));
        Agrees(t.maximum(tensor([0.5])), x, v => Math.Max(v, 0.5));
        Agrees(t.clamp(0.3, 0.6), x, v => Math.Clamp(v, 0.3, 0.6));
        tensor([double.NaN, double.PositiveInfinity, 1]).isfinite().Bools().ShouldBe([false, false, true]);
        tensor([double.NaN, 1]).nan_to_num(nan: 5).data<double>().ToArray().ShouldBe([5.0, 1.0]);
    }

    [Fact]
    public void Softmax_sums_to_one_and_log_softmax_is_its_logarithm()
    {
        var t = randn(4, 7, dtype: float64);
        var p = t.softmax(-1);
        p.sum(-1).allclose(ones(4, dtype: float64)).ShouldBeTrue();
        t.log_softmax(-1).allclose(p.log()).ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Mismatched_shapes_are_an_exception_with_libtorchs_message(bool product)
    {
        var error = Should.Throw<ExternalException>(() => product ? ones(2, 3).matmul(ones(4, 5)) : ones(2, 3).add(ones(4)));
        error.Message.ShouldContain(product ? "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)" : "must match the size of tensor");
        error.Message.ShouldNotContain("Exception raised from");
    }

    [Fact]
    public void A_failed_call_leaves_the_next_one_unharmed()
    {
        for (var i = 0; i < 3; i++) Should.Throw<ExternalException>(() => ones(2).reshape(3));
        ones(6).reshape(2, 3).shape.ShouldBe([2L, 3L]);
    }

    [Fact]
    public void Float_arguments_take_integers()
    {
        var t = tensor([0f]).softplus(beta: 1, threshold: 20);
        t.ToDouble().ShouldBe(Math.Log(2), 1e-6);
    }

    private static void Agrees(Tensor actual, double[] x, Func<double, double> expected)
    {
        var values = actual.data<double>().ToArray();
        for (var i = 0; i < x.Length; i++) values[i].ShouldBe(expected(x[i]), 1e-12);
    }
}
