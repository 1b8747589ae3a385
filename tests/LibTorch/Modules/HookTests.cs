using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Modules;

public sealed class HookTests
{
    [Fact]
    public void Call_runs_the_hooks_in_order_and_forward_runs_none()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Identity();
        List<string> order = [];
        module.register_forward_pre_hook(_ => order.Add("before"));
        module.register_forward_pre_hook((_, x) => Note("input", x + 1));
        module.register_forward_hook((_, _, y) => Note("result", y * 10));
        module.register_forward_hook(_ => order.Add("after"));
        var input = ones(1);

        module.call(input).item<float>().ShouldBe(20f);
        order.ShouldBe(["before", "input", "result", "after"]);
        module.forward(input).item<float>().ShouldBe(1f);
        order.Count.ShouldBe(4);

        Tensor Note(string what, Tensor value)
        {
            order.Add(what);
            return value;
        }
    }

    [Fact]
    public void Hooks_that_return_null_change_nothing()
    {
        using var scope = NewDisposeScope();
        using var module = new Sum();
        module.register_forward_pre_hook((_, _, _) => null);
        module.register_forward_hook((_, _, _, _) => null!);

        module.call(ones(1), ones(1)).item<float>().ShouldBe(2f);
    }

    [Fact]
    public void A_hook_replaces_two_inputs()
    {
        using var scope = NewDisposeScope();
        using var module = new Sum();
        module.register_forward_pre_hook((_, a, b) => (a * 5, b * 7));

        module.call(ones(1), ones(1)).item<float>().ShouldBe(12f);
    }

    [Fact]
    public void A_removed_hook_runs_no_more_even_when_it_removes_itself()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Identity();
        var runs = 0;
        nn.HookableModule<Func<nn.Module<Tensor, Tensor>, Tensor, Tensor>, Func<nn.Module<Tensor, Tensor>, Tensor, Tensor, Tensor>>.HookRemover? remover = null;
        remover = module.register_forward_pre_hook(_ =>
        {
            runs++;
            remover!.remove();
        });

        module.call(ones(1));
        module.call(ones(1));

        runs.ShouldBe(1);
        remover.remove();
    }

    private sealed class Sum() : nn.Module<Tensor, Tensor, Tensor>(nameof(Sum))
    {
        public override Tensor forward(Tensor input1, Tensor input2) => input1 + input2;
    }
}
