using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Modules;

public sealed class RegistrationTests
{
    [Fact]
    public void Fields_become_parameters_buffers_and_submodules_under_their_names()
    {
        using var model = new Block(4);

        model.named_parameters().Select(p => p.name).ShouldBe(["gate", "scale", "proj.weight", "proj.bias", "norm.weight", "norm.bias"]);
        model.named_buffers().Select(b => b.name).ShouldBe(["positions"]);
        model.named_children().Select(c => c.name).ShouldBe(["proj", "norm"]);
    }

    [Fact]
    public void The_state_dict_has_parameters_first_then_buffers()
    {
        using var model = new Block(4);

        model.state_dict().Keys.ShouldBe(["gate", "scale", "proj.weight", "proj.bias", "norm.weight", "norm.bias", "positions"]);
        model.state_dict(prefix: "block").Keys.First().ShouldBe("block.gate");
    }

    [Fact]
    public void Fields_of_the_derived_class_come_first_then_those_it_can_see_then_the_private_ones_of_its_bases()
    {
        using var model = new DerivedBlock(4);

        model.named_parameters().Select(p => p.name).Take(3).ShouldBe(["shift", "gate", "scale"]);
        model.named_children().Select(c => c.name).ShouldBe(["head", "proj", "norm"]);
    }

    [Fact]
    public void A_module_in_a_field_of_interface_type_is_registered()
    {
        using var model = new WithInterface();

        model.named_parameters().Select(p => p.name).ShouldBe(["inner.weight", "inner.bias"]);
    }

    [Fact]
    public void A_field_is_registered_under_the_name_of_its_attribute()
    {
        using var model = new Renamed();

        model.state_dict().Keys.ShouldBe(["out_proj.weight", "out_proj.bias"]);
    }

    [Fact]
    public void Modules_of_a_list_are_named_by_their_places()
    {
        using var model = new Stack();

        model.state_dict().Keys.ShouldBe(
        [
            "blocks.0.weight", "blocks.1.weight", "table.a.weight", "table.b.weight", "mlp.0.weight", "mlp.0.bias", "mlp.2.weight", "mlp.2.bias",
        ]);
        model.named_modules().Select(m => m.name).ShouldBe(
            ["blocks", "table", "mlp", "blocks.0", "blocks.1", "table.a", "table.b", "mlp.0", "mlp.1", "mlp.2"]);
    }

    [Fact]
    public void Replacing_a_module_of_a_list_leaves_the_registry()
    {
        using var model = new Stack();
        using var other = nn.Linear(2, 2, hasBias: false);
        var registered = model.blocks[0];

        model.blocks[0] = other;

        model.get_parameter("blocks.0.weight").ShouldBeSameAs(((Linear)registered).weight);
    }

    [Fact]
    public void A_tensor_that_two_modules_share_is_one_parameter_with_two_keys()
    {
        using var model = new Tied();

        model.parameters().Count().ShouldBe(1);
        model.state_dict().Keys.ShouldBe(["first.weight", "second.weight"]);
    }

    [Fact]
    public void Paths_lead_to_parameters_and_buffers()
    {
        using var model = new Nested();

        model.get_parameter("block.proj.weight").ShouldNotBeNull().shape.ShouldBe([4L, 4L]);
        model.has_parameter("block.scale").ShouldBeTrue();
        model.has_parameter("block.positions").ShouldBeFalse();
        model.get_buffer("block.positions").ShouldNotBeNull().shape.ShouldBe([4L]);
        model.has_buffer("block.nothing").ShouldBeFalse();
        model.get_parameter("nothing.weight").ShouldBeNull();
    }

    [Fact]
    public void A_buffer_that_is_not_persistent_is_not_in_the_state_dict()
    {
        using var model = new Block(4);
        model.register_buffer("cache", zeros(2), persistent: false);

        model.state_dict().ShouldNotContainKey("cache");
        model.get_buffer("cache").ShouldNotBeNull();
    }

    [Fact]
    public void A_name_registers_once()
    {
        using var model = new Block(4);
        using var tensor = zeros(2);

        Should.Throw<InvalidOperationException>(() => model.register_parameter("scale", model.get_parameter("scale")!)).Message.ShouldContain("scale");
        Should.Throw<InvalidOperationException>(() => model.register_buffer("positions", tensor)).Message.ShouldContain("positions");
        Should.Throw<InvalidOperationException>(() => model.register_module("proj", nn.Identity())).Message.ShouldContain("proj");
        Should.Throw<ArgumentException>(() => model.register_module("a.b", nn.Identity())).Message.ShouldContain("a.b");
        Should.Throw<ArgumentNullException>(() => model.register_buffer("none", null!));
    }

    [Fact]
    public void Null_takes_a_submodule_out_and_registering_it_again_puts_it_last()
    {
        using var model = new Block(4);
        var proj = model.children().First();

        model.register_module("proj", null!);
        model.named_children().Select(c => c.name).ShouldBe(["norm"]);
        model.register_module("proj", proj);

        model.named_children().Select(c => c.name).ShouldBe(["norm", "proj"]);
    }

    [Fact]
    public void A_module_without_parameters_takes_none()
    {
        using var module = nn.SiLU();
        using var weight = nn.Parameter(zeros(1));

        Should.Throw<InvalidOperationException>(() => module.register_parameter("weight", weight));
        module.GetName().ShouldBe("SiLU");
    }

    [Fact]
    public void Training_reaches_every_module()
    {
        using var model = new Stack();
        model.training.ShouldBeTrue();

        model.eval();
        model.modules().ShouldAllBe(m => !m.training);

        model.train();
        model.modules().ShouldAllBe(m => m.training);
    }

    [Fact]
    public void Apply_visits_children_before_their_owner()
    {
        using var model = new Nested();
        List<nn.Module> visited = [];

        model.apply(visited.Add);

        visited.Count.ShouldBe(4);
        visited[^1].ShouldBeSameAs(model);
        visited[^2].ShouldBeOfType<Block>();
    }

    private abstract class BlockBase : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter scale;
        private readonly Linear proj;
        private readonly LayerNorm norm;
        private readonly Tensor positions;
        protected readonly Parameter gate;

        protected BlockBase(long width) : base("Block")
        {
            scale = nn.Parameter(ones(width));
            proj = nn.Linear(width, width);
            norm = nn.LayerNorm(width);
            positions = arange(width);
            gate = nn.Parameter(ones(1));
        }

        public override Tensor forward(Tensor input)
        {
            using var normed = norm.forward(input);
            using var projected = proj.forward(normed);
            return (projected * scale * gate) + positions;
        }
    }

    private sealed class Block : BlockBase
    {
        public Block(long width) : base(width) => RegisterComponents();
    }

    private sealed class DerivedBlock : BlockBase
    {
        private readonly Parameter shift;
        private readonly Linear head;

        public DerivedBlock(long width) : base(width)
        {
            shift = nn.Parameter(zeros(width));
            head = nn.Linear(width, 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => head.forward(input + shift);
    }

    private sealed class WithInterface : nn.Module<Tensor, Tensor>
    {
        private readonly nn.IModule<Tensor, Tensor> inner = nn.Linear(2, 2);

        public WithInterface() : base(nameof(WithInterface)) => RegisterComponents();

        public override Tensor forward(Tensor input) => inner.call(input);
    }

    private sealed class Renamed : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "out_proj")] private readonly Linear output = nn.Linear(2, 2);

        public Renamed() : base(nameof(Renamed)) => RegisterComponents();

        public override Tensor forward(Tensor input) => output.forward(input);
    }

    private sealed class Stack : nn.Module<Tensor, Tensor>
    {
        public readonly ModuleList<nn.Module<Tensor, Tensor>> blocks =
            nn.ModuleList<nn.Module<Tensor, Tensor>>(nn.Linear(2, 2, hasBias: false), nn.Linear(2, 2, hasBias: false));
        private readonly ModuleDict<Linear> table = nn.ModuleDict(("a", nn.Linear(2, 2, hasBias: false)), ("b", nn.Linear(2, 2, hasBias: false)));
        private readonly Sequential mlp = nn.Sequential(nn.Linear(2, 8), nn.SiLU(), nn.Linear(8, 2));

        public Stack() : base(nameof(Stack)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            foreach (var block in blocks) input = block.call(input);
            return mlp.call(table["b"].call(input)).MoveToOuterDisposeScope();
        }
    }

    private sealed class Tied : nn.Module
    {
        private readonly Linear first = nn.Linear(2, 2, hasBias: false);
        private readonly Linear second;

        public Tied() : base(nameof(Tied))
        {
            second = nn.Linear(first.weight);
            RegisterComponents();
        }

        public Linear Second => second;
    }

    private sealed class Nested : nn.Module
    {
        private readonly Block block = new(4);

        public Nested() : base(nameof(Nested)) => RegisterComponents();

        public Block Inner => block;
    }
}
