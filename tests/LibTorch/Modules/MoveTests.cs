using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Modules;

public sealed class MoveTests
{
    [Fact]
    public void A_conversion_replaces_the_parameters_in_registry_fields_and_properties()
    {
        using var model = new Mixed();
        var before = model.Scale;

        model.to(float64).ShouldBeSameAs(model);

        before.IsInvalid.ShouldBeTrue();
        model.Scale.dtype.ShouldBe(float64);
        model.get_parameter("scale").ShouldBeSameAs(model.Scale);
        model.Projection.weight.dtype.ShouldBe(float64);
        model.Projection.bias!.dtype.ShouldBe(float64);
        model.get_parameter("proj.weight").ShouldBeSameAs(model.Projection.weight);
        model.extra.dtype.ShouldBe(float64);
        model.get_parameter("extra").ShouldBeSameAs(model.extra);
        model.List[0].dtype.ShouldBe(float64);
        model.parameters().ShouldAllBe(p => p.requires_grad && p.is_leaf);
    }

    [Fact]
    public void Integer_buffers_keep_their_dtype_and_float_buffers_do_not()
    {
        using var model = new Mixed();

        model.@double();

        model.get_buffer("index")!.dtype.ShouldBe(int64);
        model.get_buffer("mean")!.dtype.ShouldBe(float64);
    }

    [Fact]
    public void Gradients_are_converted_too()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(2, 1);
        layer.forward(ones(1, 2)).sum().backward();

        layer.to(float64);

        layer.weight.grad!.dtype.ShouldBe(float64);
        layer.weight.grad!.data<double>().ToArray().ShouldBe([1.0, 1.0]);
    }

    [Fact]
    public void What_is_already_as_wanted_stays_the_same_object()
    {
        using var layer = nn.Linear(2, 1);
        var weight = layer.weight;

        layer.to(float32);
        layer.cpu();
        layer.to("cpu");

        layer.weight.ShouldBeSameAs(weight);
    }

    [Fact]
    public void Converted_parameters_outlive_the_scope_of_the_conversion()
    {
        using var model = new Mixed();
        using (NewDisposeScope()) model.to(float64);

        model.parameters().ShouldAllBe(p => !p.IsInvalid);
        model.buffers().ShouldAllBe(b => !b.IsInvalid);
    }

    [Fact]
    public void Only_floating_point_and_complex_types_are_taken()
    {
        using var layer = nn.Linear(2, 1);

        Should.Throw<ArgumentException>(() => layer.to(int64)).Message.ShouldContain("Int64");
    }

    private sealed class Mixed : nn.Module
    {
        private readonly Parameter scale = nn.Parameter(ones(2));
        private readonly Linear proj = nn.Linear(2, 2);
        private readonly ParameterList list = nn.ParameterList(nn.Parameter(zeros(3)));
        private readonly Tensor index = arange(3);
        private readonly Tensor mean = zeros(3);

        public Mixed() : base(nameof(Mixed))
        {
            extra = nn.Parameter(zeros(1));
            register_parameter("extra", extra);
            RegisterComponents();
        }

        public Parameter extra { get; set; }

        public Parameter Scale => scale;

        public Linear Projection => proj;

        public ParameterList List => list;

        public Tensor Index => index;

        public Tensor Mean => mean;
    }
}
