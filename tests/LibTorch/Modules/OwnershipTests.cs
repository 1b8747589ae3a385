using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Modules;

public sealed class OwnershipTests
{
    [Fact]
    public void Disposing_a_module_disposes_everything_under_it()
    {
        var model = new Owner();
        var tensors = model.state_dict().Values.ToList();
        tensors.Count.ShouldBe(4);

        model.Dispose();

        tensors.ShouldAllBe(t => t.IsInvalid);
        Should.Throw<InvalidOperationException>(() => model.Scale.shape);
        model.Dispose();
    }

    [Fact]
    public void A_parameter_made_in_a_scope_is_lost_at_its_end()
    {
        Owner model;
        using (NewDisposeScope()) model = new Owner();
        using (model)
        {
            model.Scale.IsInvalid.ShouldBeTrue();
            model.named_parameters().Select(p => p.name).ShouldBe(["proj.weight", "proj.bias"]);
        }
    }

    [Fact]
    public void A_detached_parameter_survives_the_scope()
    {
        Parameter parameter;
        using (NewDisposeScope())
        {
            parameter = nn.Parameter(ones(2));
            parameter.DetachFromDisposeScope();
        }
        using (parameter) parameter.shape.ShouldBe([2L]);
    }

    [Fact]
    public void A_parameter_takes_over_the_tensor_it_is_made_of()
    {
        using var scope = NewDisposeScope();
        var data = ones(2);

        var parameter = nn.Parameter(data);

        data.IsInvalid.ShouldBeTrue();
        parameter.requires_grad.ShouldBeTrue();
        scope.Contains(parameter).ShouldBeTrue();
        scope.Contains(data).ShouldBeFalse();
        new Parameter(ones(2), requires_grad: false).requires_grad.ShouldBeFalse();
        data.Dispose();
        parameter.data<float>().ToArray().ShouldBe([1f, 1f]);
    }

    [Fact]
    public void A_new_weight_replaces_and_disposes_the_old()
    {
        using var layer = nn.Linear(2, 2);
        var old = layer.weight;

        layer.weight = nn.Parameter(zeros(2, 2));

        old.IsInvalid.ShouldBeTrue();
        layer.get_parameter("weight").ShouldBeSameAs(layer.weight);
        layer.bias = null;
        layer.state_dict().Keys.ShouldBe(["weight"]);
    }

    [Fact]
    public void Zero_grad_drops_or_fills_the_gradients()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(2, 1);
        layer.forward(ones(1, 2)).sum().backward();

        layer.zero_grad(set_to_none: false);
        layer.weight.grad!.data<float>().ToArray().ShouldBe([0f, 0f]);

        layer.zero_grad();
        layer.weight.grad.ShouldBeNull();
    }

    [Fact]
    public void A_sequence_owns_its_modules_and_its_slices_share_them()
    {
        using var scope = NewDisposeScope();
        var first = nn.Linear(2, 3);
        var sequence = nn.Sequential(first, nn.SiLU(), nn.Linear(3, 1));
        var input = rand(4, 2);

        sequence.Count.ShouldBe(3);
        var head = sequence[..2];
        head.forward(input).allclose(nn.functional.silu(first.forward(input))).ShouldBeTrue();
        sequence[(1, null)].Count.ShouldBe(2);
        nn.Sequential().forward(input).allclose(input).ShouldBeTrue();

        sequence.Dispose();
        first.weight.IsInvalid.ShouldBeTrue();
    }

    private sealed class Owner : nn.Module
    {
        private readonly Parameter scale = nn.Parameter(ones(2));
        private readonly Linear proj = nn.Linear(2, 2);
        private readonly Tensor buffer = zeros(3);

        public Owner() : base(nameof(Owner)) => RegisterComponents();

        public Parameter Scale => scale;

        public Linear Projection => proj;

        public Tensor Buffer => buffer;
    }
}
