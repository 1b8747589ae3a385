using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

public sealed class ContractTests
{
    [Fact]
    public void An_operator_call_returns_a_new_tensor()
    {
        using var scope = NewDisposeScope();
        var sum = tensor([1f, 2f, 3f]).add(tensor([10f, 20f, 30f]), 2);
        sum.data<float>().ToArray().ShouldBe([21f, 42f, 63f]);
        sum.dtype.ShouldBe(float32);
        sum.shape.ShouldBe([3L]);
    }

    [Fact]
    public void In_place_operators_return_the_same_object()
    {
        using var scope = NewDisposeScope();
        var t = ones(2, 3);
        t.add_(1).ShouldBeSameAs(t);
        t.data<float>().ToArray().ShouldAllBe(v => v == 2f);
    }

    [Fact]
    public void Mismatched_shapes_throw_with_libtorchs_message()
    {
        using var scope = NewDisposeScope();
        var error = Should.Throw<ExternalException>(() => ones(2, 3).add(ones(4)));
        error.Message.ShouldContain("must match the size of tensor");
    }
}
