using System.Runtime.CompilerServices;
using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests.Wrapping;

/// <summary>
/// A snapshot for every diagnostic of wrapping: message, place and what is generated all the same. Where the class can be added to, ours are the only errors
/// that show.
/// </summary>
public sealed class WrapDiagnosticTests
{
    private const string Members = """
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public override partial Tensor forward(Tensor hidden);

            private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

            private Tensor ProjectOut(Tensor attended) => attended.alias();
        """;

    private const string InField = ", Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(Module<Tensor, Tensor>)";

    private static readonly Lazy<VendorAssembly> s_vendor = new(() => VendorAssembly.Of(Vendors.OfAllSorts));

    [Fact]
    public void DFA0061_adapter_is_abstract_generic_or_hidden() => Verify($$"""
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.Abstract))]
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.Generic<>), Owner = typeof(Vendor.Model), Field = "a")]
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.Outer<int>.Nested), Owner = typeof(Vendor.Model), Field = "b")]
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.Static), Owner = typeof(Vendor.Model), Field = "c")]

        namespace Demo;

        internal abstract partial class Abstract() : Module<Tensor, Tensor>("");

        internal sealed partial class Generic<T> : Module<Tensor, Tensor>
        {
        {{Members}}
            private Generic() : base("") { }
        }

        internal static partial class Outer<T>
        {
            internal sealed partial class Nested() : Module<Tensor, Tensor>("")
            {
        {{Members}}
            }
        }

        internal static partial class Static;
        """);

    [Fact]
    public void DFA0061_adapter_is_no_class_of_the_project() => Verify("""
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Vendor.SealedAttention))]
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.Adapter), Owner = typeof(Vendor.Model), Field = "a")]
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(int[]), Owner = typeof(Vendor.Model), Field = "b")]
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), null!, Owner = typeof(Vendor.Model), Field = "c")]

        namespace Demo;

        internal partial struct Adapter;
        """);

    [Fact]
    public void DFA0061_adapter_is_not_partial_and_has_no_site() => Verify("""
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.Adapter))]

        namespace Demo;

        internal sealed class Adapter() : Module<Tensor, Tensor>("")
        {
            public override Tensor forward(Tensor hidden) => hidden.alias();
        }
        """);

    [Fact]
    public void DFA0061_adapter_declares_the_generated_property() => Verify(Program("typeof(Vendor.SelfAttention)", "Module<Tensor, Tensor>", InField, """
            private Vendor.SelfAttention Original => null!;
        """));

    [Fact]
    public void DFA0062_original_is_no_module_class() => Verify(
        [
            Program("typeof(Vendor.IAttention)", "Module<Tensor, Tensor>", InField),
            Program("typeof(string)", "Module<Tensor, Tensor>", InField, name: "OfText"),
            Program("null!", "Module<Tensor, Tensor>", InField, name: "OfNothing"),
            Program("typeof(Vendor.Layer<>)", "Module<Tensor, Tensor>", InField, name: "OfOpen"),
        ]);

    [Fact]
    public void DFA0062_original_is_not_public() => Verify(
        [
            Program("typeof(Vendor.HiddenAttention)", "Vendor.SelfAttention", InField),
            Program("typeof(Vendor.HiddenModule)", "Module<Tensor, Tensor>", InField, name: "OfModule"),
            Program("typeof(Vendor.SelfAttention)", "Module<Tensor, Tensor>", ", Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(Vendor.HiddenAttention)", name: "OfField"),
        ],
        "CS0122");

    [Fact]
    public void DFA0063_base_class_is_another() => Verify(Program("typeof(Vendor.SelfAttention)", "Module<Tensor, Tensor, Tensor>", InField, """
            public override Tensor forward(Tensor hidden, Tensor mask) => Attend(hidden);
        """, method: "private partial Tensor Attend(Tensor hidden);"));

    [Fact]
    public void DFA0063_base_class_has_no_constructor() => Verify(Program("typeof(Vendor.ClosedAttention)", "Vendor.ClosedAttention", InField), "CS1729");

    [Fact]
    public void DFA0064_place_is_incomplete() => Verify(
        [
            Program("typeof(Vendor.SelfAttention)", "Module<Tensor, Tensor>", ", Owner = typeof(Vendor.Block)"),
            Program("typeof(Vendor.SealedAttention)", "Module<Tensor, Tensor>", ", Field = \"attn\"", name: "OfSealed"),
            Program("typeof(Vendor.FixedAttention)", "Module<Tensor, Tensor>", ", FieldType = typeof(Module<Tensor, Tensor>)", name: "OfFixed"),
        ]);

    [Theory]
    [InlineData("Owner = typeof(Vendor.IAttention), Field = \"attn\"", "no class of modules")]
    [InlineData("Owner = typeof(Vendor.Layer<>), Field = \"attn\"", "no class of modules")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \" \"", "that is no name")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"Norm\"", "it is the property 'Module<Tensor, Tensor> Block.Norm': name the field behind it, as a rule '<Norm>k__BackingField'")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"forward\"", "which is no field")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"Shared\"", "it is static")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"Depth\"", "it is a constant")]
    [InlineData("Owner = typeof(Vendor.WideBlock), Field = \"open\"", "'Block' declares it: Owner = typeof(Block)")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"open\", FieldType = typeof(Module)", "it is declared with the type 'Module<Tensor, Tensor>', not 'Module'")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(int)", "a field of type 'int' holds no module")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(System.Collections.Generic.List<>)", "holds no module")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(TorchSharp.Modules.Linear)", "no 'SelfAttention' can be in a field of type 'Linear'. Wrap 'Block' instead")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"stack\"", "no 'SelfAttention' can be in a field of type 'Sequential'. Wrap 'Block' instead")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(System.Collections.Generic.IReadOnlyList<Module>)", "Wrap 'Block' instead")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"wide\"", "unless IncludeDerived = true")]
    public void Field_that_cannot_be_as_it_is_named(string place, string fault)
    {
        var generation = s_vendor.Value.Wrap(Program("typeof(Vendor.SelfAttention)", "Module<Tensor, Tensor>", ", " + place));

        var diagnostic = generation.Result.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("DFA0065");
        diagnostic.GetMessage(null).ShouldContain(fault);
        generation.CompilerComplaints.ShouldBeEmpty();
    }

    [Fact]
    public void DFA0065_field_is_another() => Verify(Program(
        "typeof(Vendor.SelfAttention)", "Module<Tensor, Tensor>", ", Owner = typeof(Vendor.Block), Field = \"Norm\", FieldType = typeof(Module<Tensor, Tensor>)"));

    [Fact]
    public void DFA0065_owner_is_not_public() => Verify(Program(
        "typeof(Vendor.SelfAttention)", "Module<Tensor, Tensor>", ", Owner = typeof(Vendor.HiddenBlock), Field = \"attn\", FieldType = typeof(Module<Tensor, Tensor>)"), "CS0122");

    [Theory]
    [InlineData("Vendor.SealedAttention", "Owner = typeof(Vendor.Block), Field = \"gate\"", "'SealedAttention' is sealed, so nothing else can be in it. Wrap 'Block' instead")]
    [InlineData("Vendor.SelfAttention", "Owner = typeof(Vendor.Block), Field = \"any\"", "implement 'IAttention' in 'Adapter'")]
    [InlineData("Vendor.SelfAttention", "Owner = typeof(Vendor.Block), Field = \"attn\"", "derive 'Adapter' from 'SelfAttention'")]
    [InlineData("Vendor.ClosedAttention", "Owner = typeof(Vendor.Block), Field = \"attn\"", "'ClosedAttention' has no constructor for derived classes of other assemblies. Wrap 'Block' instead")]
    [InlineData("Vendor.SelfAttention", "Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(TorchSharp.Modules.ModuleList<Vendor.SelfAttention>)", "the list 'attn'")]
    public void Adapter_that_does_not_fit(string original, string place, string route)
    {
        var generation = s_vendor.Value.Wrap(Program($"typeof({original})", "Module<Tensor, Tensor>", ", " + place));

        var diagnostic = generation.Result.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("DFA0066");
        diagnostic.GetMessage(null).ShouldContain(route);
        generation.CompilerComplaints.ShouldBeEmpty();
    }

    [Fact]
    public void DFA0066_field_is_sealed() => Verify(Program("typeof(Vendor.SealedAttention)", "Module<Tensor, Tensor>", ", Owner = typeof(Vendor.Block), Field = \"gate\""));

    [Fact]
    public void DFA0067_no_site() => Verify($$"""
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.Adapter){{InField}})]

        namespace Demo;

        internal sealed partial class Adapter : Module<Tensor, Tensor>
        {
            public override Tensor forward(Tensor hidden) => Original.forward(hidden);
        }
        """);

    [Fact]
    public void DFA0068_nothing_is_overridden() => Verify(
        [
            Program("typeof(Vendor.SelfAttention)", "Vendor.SelfAttention", "", method: "public partial Tensor Attend(Tensor hidden);"),
            Program("typeof(Vendor.FixedAttention)", "Vendor.FixedAttention", "", method: "public new partial Tensor forward(Tensor hidden);", name: "OfFixed"),
        ]);

    [Fact]
    public void DFA0069_constructor_and_initialisers() => Verify(Program("typeof(Vendor.SelfAttention)", "Module<Tensor, Tensor>", InField, """
            public Adapter() : base("Adapter") => Width = 3;

            public readonly int Heads = 2;

            public int Width { get; } = 8;

            public static readonly int Shared = 1;

            public const int Constant = 1;
        """));

    [Fact]
    public void DFA0070_one_place_twice() => Verify(
        [
            Program("typeof(Vendor.SelfAttention)", "Vendor.SelfAttention", ""),
            Program("typeof(Vendor.SelfAttention)", "Vendor.SelfAttention", "", name: "Other"),
            Program("typeof(Vendor.SealedAttention)", "Module<Tensor, Tensor>", InField, name: "InField"),
            Program("typeof(Vendor.SealedAttention)", "Module<Tensor, Tensor>", InField, name: "InFieldToo"),
        ]);

    [Fact]
    public void DFA0070_one_adapter_for_two_classes() => Verify(
        $"[assembly: WrapAttention(typeof(Vendor.SealedAttention), typeof(Demo.Adapter))]\n{Program("typeof(Vendor.SelfAttention)", "Module<Tensor, Tensor>", InField)}");

    [Fact]
    public void DFA0071_members_of_another_shape() => Verify(Program("typeof(Vendor.SelfAttention)", "Module<Tensor, Tensor>", InField, """
            [OriginalMember] private TorchSharp.Modules.Linear Plain => null!;

            [OriginalMember] private partial TorchSharp.Modules.Linear WithSetter { get; set; }

            [OriginalMember] private static partial long Static { get; }

            [OriginalMember] private partial ref long Reference { get; }

            [OriginalMember("")] private partial long Nameless { get; }

            [OriginalMember("qkv", Submodule = "qkv")] private partial TorchSharp.Modules.Linear Twice { get; }

            [OriginalMember] private partial T Generic<T>(T value);

            [OriginalMember(Submodule = "qkv")] private partial TorchSharp.Modules.Linear Path();

            [OriginalMember] private partial long HasBody { get; }

            private partial long HasBody => 2;

            private long Accessor { [OriginalMember] get => 1; }
        """));

    [Fact]
    public void DFA0071_class_is_no_adapter() => Verify("""
        namespace Demo;

        internal sealed partial class Adapter
        {
            [OriginalMember] public partial long First { get; }

            [OriginalMember] public partial Tensor Second(Tensor x);
        }
        """);

    [Fact]
    public void DFA0072_members_that_cannot_be() => Verify(Program("typeof(Vendor.WideAttention)", "Module<Tensor, Tensor>", InField, """
            [OriginalMember] public partial long NumHeads { get; }

            [OriginalMember] public partial TorchSharp.Modules.Linear qkv { get; }

            [OriginalMember("qkv", DeclaredIn = typeof(Vendor.SelfAttention))] public partial Module<Tensor, Tensor> OfAnotherType { get; }

            [OriginalMember("_heads", DeclaredIn = typeof(Vendor.Block))] public partial long OfAnotherClass { get; }

            [OriginalMember(Submodule = "attn.scale")] public partial long NoModule { get; }

            [OriginalMember(Submodule = "attn..qkv")] public partial TorchSharp.Modules.Linear NoPath { get; }

            [OriginalMember("Create")] public partial Tensor StaticMethod();
        """));

    private static string Program(
        string original,
        string bases,
        string place,
        string members = "",
        string name = "Adapter",
        string method = "public override partial Tensor forward(Tensor hidden);") => $$"""
        [assembly: WrapAttention({{original}}, typeof(Demo.{{name}}){{place}})]

        namespace Demo;

        internal sealed partial class {{name}} : {{bases}}
        {
        {{members}}

        {{Members.Replace("public override partial Tensor forward(Tensor hidden);", method, StringComparison.Ordinal)}}
        }
        """;

    private static void Verify(
        string program, string? alsoFromCompiler = null, [CallerMemberName] string method = "", [CallerFilePath] string testFile = "")
        => Verify([program], alsoFromCompiler, method, testFile);

    private static void Verify(
        string[] program, string? alsoFromCompiler = null, [CallerMemberName] string method = "", [CallerFilePath] string testFile = "")
    {
        var generation = s_vendor.Value.Wrap(program);
        generation.CompilerComplaints.Select(d => d.Id).Distinct().ShouldBe(
            alsoFromCompiler is null ? [] : [alsoFromCompiler], string.Join('\n', generation.CompilerComplaints));
        Snapshot.Verify(generation, testFile, method, "WrapAttention");
    }
}
