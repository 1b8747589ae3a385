using System.Runtime.CompilerServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Modules;

/// <summary>
/// What wrapping builds on: a field that is changed after registration changes what is computed, and everything that goes by the registry goes
/// on with the module that was there, as in TorchSharp 0.106.
/// </summary>
public sealed class SwappedFieldTests
{
    [Fact]
    public void A_changed_field_changes_what_is_computed_and_nothing_that_is_registered()
    {
        using var model = new Holder();
        using var other = new Constant();
        using var input = ones(1, 2);
        var keys = model.state_dict().Keys.ToList();
        var registered = model.named_children().ToList();
        using var before = model.forward(input);

        var original = InnerOf(model);
        InnerOf(model) = other;

        using var swapped = model.forward(input);
        swapped.data<float>().ShouldAllBe(value => value == 7f);
        model.state_dict().Keys.ShouldBe(keys);
        model.named_children().ShouldBe(registered);
        model.train(false);
        original.training.ShouldBeFalse();
        other.training.ShouldBeTrue();
        model.to(ScalarType.Float64);
        registered[0].module.parameters().ShouldAllBe(parameter => parameter.dtype == ScalarType.Float64);
        InnerOf(model).ShouldBeSameAs(other, "conversion writes tensors to fields, not modules");
        model.to(ScalarType.Float32);

        InnerOf(model) = original;

        using var after = model.forward(input);
        after.data<float>().ToArray().ShouldBe(before.data<float>().ToArray());
    }

    [Fact]
    public void Disposing_reaches_what_is_registered_and_not_what_the_field_holds()
    {
        var model = new Holder();
        var other = nn.Linear(2, 2);
        var parameters = model.parameters().ToList();
        InnerOf(model) = other;

        model.Dispose();

        parameters.ShouldAllBe(parameter => parameter.IsInvalid);
        other.weight!.IsInvalid.ShouldBeFalse();
        other.Dispose();
    }

    [Fact]
    public void An_element_that_is_put_into_a_registered_list_is_run_and_not_registered()
    {
        using var list = nn.ModuleList<nn.Module<Tensor, Tensor>>(nn.Linear(2, 2), nn.Linear(2, 2));
        using var model = new ListHolder(list);
        using var other = new Constant();
        using var input = ones(1, 2);
        var registered = list.named_children().ToList();
        using var before = model.forward(input);

        var original = list[1];
        list[1] = other;

        using var swapped = model.forward(input);
        swapped.data<float>().ShouldAllBe(value => value == 7f);
        list.named_children().ShouldBe(registered);
        model.state_dict().Keys.ShouldBe(["blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias"]);

        list[1] = original;

        using var after = model.forward(input);
        after.data<float>().ToArray().ShouldBe(before.data<float>().ToArray());
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "inner")]
    private static extern ref nn.Module<Tensor, Tensor> InnerOf(Holder model);

    private sealed class Holder : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> inner = nn.Linear(2, 2);

        public Holder() : base(nameof(Holder)) => RegisterComponents();

        public override Tensor forward(Tensor input) => inner.forward(input);
    }

    private sealed class ListHolder : nn.Module<Tensor, Tensor>
    {
        private readonly ModuleList<nn.Module<Tensor, Tensor>> blocks;

        public ListHolder(ModuleList<nn.Module<Tensor, Tensor>> blocks) : base(nameof(ListHolder))
        {
            this.blocks = blocks;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var first = blocks[0].forward(input);
            return blocks[1].forward(first);
        }
    }

    private sealed class Constant : nn.Module<Tensor, Tensor>
    {
        public Constant() : base(nameof(Constant)) => RegisterComponents();

        public override Tensor forward(Tensor input) => full_like(input, 7);
    }
}
