using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests.Wrapping;

/// <summary>
/// Every route into a compiled model, compiled, loaded and run: to everybody else the wrapped model is the one it was, and disposing the
/// attachment makes it so again.
/// </summary>
public sealed class WrapRunTests
{
    private static readonly string[] InBlocks = ["blocks.0.attn", "blocks.1.attn"];
    private static readonly string[] InList = ["blocks.0", "blocks.1"];

    [Fact]
    public void Field_typed_by_the_base_class_of_modules() => WrappedRun.Check(
        Vendors.Attention() + Vendors.Blocks("private readonly Module<Tensor, Tensor> attn"),
        Adapters.Open("Module<Tensor, Tensor>", "Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(Module<Tensor, Tensor>)"),
        InBlocks);

    [Fact]
    public void Field_typed_by_an_interface_of_torch() => WrappedRun.Check(
        Vendors.Attention() + Vendors.Blocks("private readonly IModule<Tensor, Tensor> attn", call: "call"),
        Adapters.Open("Module<Tensor, Tensor>", "Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(IModule<Tensor, Tensor>)"),
        InBlocks);

    [Fact]
    public void Field_typed_by_an_interface_of_the_vendor() => WrappedRun.Check(
        Vendors.Attention(interfaces: ", IAttention")
            + "namespace Vendor { public interface IAttention { Tensor forward(Tensor hidden); long NumHeads { get; } } }"
            + Vendors.Blocks("private IAttention attn"),
        Adapters.Open(
            "Module<Tensor, Tensor>, Vendor.IAttention",
            "Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(Vendor.IAttention)",
            members: "public long NumHeads => Original.NumHeads;"),
        InBlocks);

    [Fact]
    public void Field_typed_by_a_class_that_is_not_sealed() => WrappedRun.Check(
        Vendors.Attention("class") + Vendors.Blocks("private readonly SelfAttention attn", call: "call"),
        Adapters.Open("Vendor.SelfAttention", "Owner = typeof(Vendor.Block), Field = \"attn\""),
        InBlocks);

    [Fact]
    public void Field_that_is_public() => WrappedRun.Check(
        Vendors.Attention() + Vendors.Blocks("public Module<Tensor, Tensor> attn"),
        Adapters.Open("Module<Tensor, Tensor>", "Owner = typeof(Vendor.Block), Field = \"attn\""),
        InBlocks);

    [Fact]
    public void Field_behind_a_property() => WrappedRun.Check(
        Vendors.Attention() + Vendors.Blocks("[field: TorchSharp.Utils.ComponentName(Name = \"attn\")] public Module<Tensor, Tensor> attn { get; }"),
        Adapters.Open(
            "Module<Tensor, Tensor>",
            "Owner = typeof(Vendor.Block), Field = \"<attn>k__BackingField\", FieldType = typeof(Module<Tensor, Tensor>)"),
        InBlocks);

    [Fact]
    public void Field_of_a_closed_generic_class() => WrappedRun.Check(
        Vendors.Attention() + Vendors.Blocks("private readonly Module<Tensor, Tensor> attn", generic: "<int>"),
        Adapters.Open("Module<Tensor, Tensor>", "Owner = typeof(Vendor.Block<int>), Field = \"attn\", FieldType = typeof(Module<Tensor, Tensor>)"),
        InBlocks);

    [Fact]
    public void Field_of_a_base_class() => WrappedRun.Check(
        Vendors.Attention() + """
        namespace Vendor
        {
            public abstract class Layer(string name) : Module<Tensor, Tensor>(name)
            {
                private readonly Module<Tensor, Tensor> attn = new SelfAttention(8, 2);
                protected Tensor Attend(Tensor hidden) => attn.forward(hidden);
            }

            public sealed class Block : Layer
            {
                public Block() : base("Block") => RegisterComponents();
                public override Tensor forward(Tensor hidden) => hidden + Attend(hidden);
            }
        }
        """ + Vendors.Model("ModuleList<Block>", "new Block()"),
        Adapters.Open("Module<Tensor, Tensor>", "Owner = typeof(Vendor.Layer), Field = \"attn\", FieldType = typeof(Module<Tensor, Tensor>)"),
        InBlocks);

    [Fact]
    public void Elements_of_a_list_typed_by_their_class() => WrappedRun.Check(
        Vendors.Attention("class") + Vendors.Model("ModuleList<SelfAttention>", "new SelfAttention(8, 2)"),
        Adapters.Open("Vendor.SelfAttention"),
        InList);

    [Fact]
    public void Elements_of_a_list_typed_by_the_base_class_of_modules() => WrappedRun.Check(
        Vendors.Attention() + Vendors.Model("ModuleList<Module<Tensor, Tensor>>", "new SelfAttention(8, 2)"),
        Adapters.Open("Module<Tensor, Tensor>"),
        InList);

    [Theory]
    [InlineData("ModuleList<SelfAttention>", "TorchSharp.Modules.ModuleList<Vendor.SelfAttention>", "blocks.0", "blocks.1")]
    [InlineData("SelfAttention[]", "Vendor.SelfAttention[]", "blocks_0", "blocks_1")]
    [InlineData("IList<SelfAttention>", "System.Collections.Generic.IList<Vendor.SelfAttention>", "blocks_0", "blocks_1")]
    public void Elements_of_a_list_in_a_field(string declared, string named, params string[] sites) => WrappedRun.Check(
        Vendors.Attention("class") + Vendors.Model(declared, "new SelfAttention(8, 2)"),
        Adapters.Open("Vendor.SelfAttention", $"Owner = typeof(Vendor.Model), Field = \"blocks\", FieldType = typeof({named})"),
        sites);

    [Fact]
    public void Nearest_public_base_class_of_a_class_that_is_not_public() => WrappedRun.Check(
        """
        namespace Vendor
        {
            public abstract class AttentionBase : Module<Tensor, Tensor>
            {
                private readonly long _heads;
                internal readonly Dictionary<string, object> _settings = new();
                protected AttentionBase(string name, long heads) : base(name) => _heads = heads;
                public long NumHeads => _heads;
            }

            internal sealed class SelfAttention : AttentionBase
            {
                private readonly Linear qkv, proj;

                public SelfAttention(long width, long heads) : base("SelfAttention", heads)
                {
                    qkv = Linear(width, 3 * width);
                    proj = Linear(width, width);
                    RegisterComponents();
                }

                public override Tensor forward(Tensor hidden) => Heads.Through(qkv, proj, hidden, NumHeads);
            }
        }
        """ + Vendors.Blocks("private readonly AttentionBase attn"),
        Adapters.Of(
            "Vendor.AttentionBase",
            "Vendor.AttentionBase",
            "Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(Vendor.AttentionBase)",
            """
            private long Heads => NumHeads;
            [OriginalMember(Submodule = "qkv")] private partial TorchSharp.Modules.Linear Qkv { get; }
            [OriginalMember(Submodule = "proj")] private partial TorchSharp.Modules.Linear Proj { get; }
            """),
        InBlocks);

    [Fact]
    public void Derived_classes_of_a_class_that_is_not_abstract() => WrappedRun.Check(
        Vendors.Attention("class") + """
        namespace Vendor { internal sealed class Hidden(long width, long heads) : SelfAttention(width, heads); }
        """ + Vendors.Blocks("private readonly SelfAttention attn", create: "new Hidden(8, 2)"),
        Adapters.Open("Vendor.SelfAttention", "Owner = typeof(Vendor.Block), Field = \"attn\", IncludeDerived = true"),
        InBlocks);

    [Fact]
    public void Nearest_public_module_around_one_that_is_not_public() => WrappedRun.Check(
        Vendors.Attention("sealed class", visibility: "internal") + Vendors.Blocks("private readonly SelfAttention attn", blocks: "class"),
        Adapters.Of(
            "Vendor.Block",
            "Vendor.Block",
            "",
            """
            private const long Heads = 2;
            [OriginalMember(Submodule = "attn.qkv")] private partial TorchSharp.Modules.Linear Qkv { get; }
            [OriginalMember(Submodule = "attn.proj")] private partial TorchSharp.Modules.Linear Proj { get; }

            public override Tensor forward(Tensor hidden)
            {
                using var attended = Attend(hidden);
                return hidden + attended;
            }
            """,
            site: """[AttentionSite("attn", """,
            method: "private partial Tensor Attend(Tensor hidden);"),
        InBlocks);

    [Fact]
    public void Attention_inlined_in_a_block() => WrappedRun.Check(
        """
        namespace Vendor
        {
            public class Block : Module<Tensor, Tensor>
            {
                private readonly LayerNorm norm = LayerNorm(8);
                private readonly Linear qkv = Linear(8, 24), proj = Linear(8, 8);
                private readonly Parameter gate = new(ones(8) * 0.5);
                private readonly long _heads = 2;

                public Block() : base("Block") => RegisterComponents();

                public override Tensor forward(Tensor hidden)
                {
                    using var normed = Normalise(hidden, 1);
                    using var packed = qkv.forward(normed);
                    using var joined = Heads.Attend(packed, _heads);
                    using var attended = proj.forward(joined);
                    return hidden + attended * gate;
                }

                private Tensor Normalise(Tensor hidden, in int shift) => norm.forward(hidden) + shift;
            }
        }
        """ + Vendors.Model("ModuleList<Block>", "new Block()"),
        Adapters.Of(
            "Vendor.Block",
            "Vendor.Block",
            "",
            """
            [OriginalMember("_heads")] private partial long Heads { get; }
            [OriginalMember("qkv")] private partial TorchSharp.Modules.Linear Qkv { get; }
            [OriginalMember("proj")] private partial TorchSharp.Modules.Linear Proj { get; }
            [OriginalMember] private partial TorchSharp.Modules.Parameter gate { get; }
            [OriginalMember] private partial Tensor Normalise(Tensor hidden, in int shift);

            public override Tensor forward(Tensor hidden)
            {
                using var normed = Normalise(hidden, 1);
                using var attended = Attend(normed);
                return hidden + attended * gate;
            }
            """,
            site: """[AttentionSite("attn", """,
            method: "private partial Tensor Attend(Tensor hidden);"),
        InBlocks,
        keysOfBlock: ["gate", "norm.weight", "norm.bias", "qkv.weight", "qkv.bias", "proj.weight", "proj.bias"]);

    [Fact]
    public void Module_that_is_in_no_registry_is_named_by_its_field() => WrappedRun.Check(
        Vendors.Attention() + """
        namespace Vendor
        {
            public sealed class Block : Module<Tensor, Tensor>
            {
                private Module<Tensor, Tensor> late;
                public Block() : base("Block") { RegisterComponents(); late = new SelfAttention(8, 2); }
                public override Tensor forward(Tensor hidden) => hidden + late.forward(hidden);
            }
        }
        """ + Vendors.Model("ModuleList<Block>", "new Block()"),
        Adapters.Open("Module<Tensor, Tensor>", "Owner = typeof(Vendor.Block), Field = \"late\", FieldType = typeof(Module<Tensor, Tensor>)"),
        ["blocks.0.late", "blocks.1.late"],
        keysOfBlock: []);
}
