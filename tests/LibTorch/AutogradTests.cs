using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

public sealed class AutogradTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Backward_accumulates_into_the_leaves()
    {
        var x = tensor([1f, 2f, 3f], requires_grad: true);
        x.is_leaf.ShouldBeTrue();
        x.grad.ShouldBeNull();
        (x * x).sum().backward();
        x.grad!.Floats().ShouldBe([2f, 4f, 6f]);
        (x * x).sum().backward();
        x.grad!.Floats().ShouldBe([4f, 8f, 12f]);
        x.grad = null;
        x.grad.ShouldBeNull();
        x.grad = ones(3);
        x.grad.Floats().ShouldBe([1f, 1f, 1f]);
        (x * 2).is_leaf.ShouldBeFalse();
    }

    [Fact]
    public void Gradients_of_a_vector_need_the_vector_they_are_multiplied_with()
    {
        var x = tensor([1f, 2f], requires_grad: true);
        Should.Throw<ExternalException>(() => (x * x).backward()).Message.ShouldContain("scalar outputs");
        (x * x).backward([tensor([1f, 10f])]);
        x.grad!.Floats().ShouldBe([2f, 40f]);
    }

    [Fact]
    public void Grad_returns_gradients_and_leaves_the_leaves_alone()
    {
        var x = tensor([3f], requires_grad: true);
        var y = tensor([2f], requires_grad: true);
        var gradients = autograd.grad([x.pow(2) * y], [x, y]);
        gradients[0].Floats().ShouldBe([12f]);
        gradients[1].Floats().ShouldBe([9f]);
        x.grad.ShouldBeNull();
        Should.Throw<ExternalException>(() => autograd.grad([x * 2], [y]));
        autograd.grad([x * 2], [y], allow_unused: true)[0].ShouldBeNull();
    }

    [Fact]
    public void Second_derivatives_through_a_created_graph()
    {
        var x = tensor([2f], requires_grad: true);
        var first = autograd.grad([x.pow(3)], [x], create_graph: true)[0];
        autograd.grad([first], [x])[0].Floats().ShouldBe([12f]);
    }

    [Fact]
    public void A_graph_serves_twice_only_when_retained()
    {
        var x = tensor([2f], requires_grad: true);
        var y = (x * x).sum();
        y.backward(retain_graph: true);
        y.backward();
        x.grad!.ToSingle().ShouldBe(8f);
        Should.Throw<ExternalException>(() => y.backward()).Message.ShouldContain("second time");
    }

    [Fact]
    public void No_grad_and_inference_mode_record_nothing_and_end_with_their_scope()
    {
        var x = ones(1, requires_grad: true);
        using (no_grad())
        {
            is_grad_enabled().ShouldBeFalse();
            (x * 2).requires_grad.ShouldBeFalse();
            using (enable_grad()) (x * 2).requires_grad.ShouldBeTrue();
            is_grad_enabled().ShouldBeFalse();
        }
        is_grad_enabled().ShouldBeTrue();
        using (inference_mode())
        {
            is_inference_mode_enabled().ShouldBeTrue();
            (x * 2).requires_grad.ShouldBeFalse();
        }
        is_inference_mode_enabled().ShouldBeFalse();
        (x * 2).requires_grad.ShouldBeTrue();
        using (set_grad_enabled(false)) is_grad_enabled().ShouldBeFalse();
    }

    [Fact]
    public void Detached_tensors_share_values_without_history()
    {
        var x = ones(2, requires_grad: true);
        var detached = (x * 2).detach();
        detached.requires_grad.ShouldBeFalse();
        detached.Floats().ShouldBe([2f, 2f]);
        x.with_requires_grad(false).requires_grad.ShouldBeFalse();
        Should.Throw<ExternalException>(() => tensor([1L]).requires_grad_());
    }

    [Fact]
    public void Intermediate_gradients_are_kept_on_demand()
    {
        var x = ones(1, requires_grad: true);
        var y = x * 3;
        y.retain_grad();
        (y * y).backward();
        y.grad!.ToSingle().ShouldBe(6f);
    }
}
