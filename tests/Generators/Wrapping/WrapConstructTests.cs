using System.Runtime.CompilerServices;
using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests.Wrapping;

/// <summary>A snapshot for every way a module can be wrapped. What is generated compiles without a warning.</summary>
public sealed class WrapConstructTests
{
    private const string Projections = """
            private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

            private Tensor ProjectOut(Tensor attended) => attended.alias();
        """;

    private const string Members = """
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public override partial Tensor forward(Tensor hidden);


        """ + Projections;

    private static readonly VendorAssembly Vendor = VendorAssembly.Of(Vendors.OfAllSorts);

    [Fact]
    public void Private_field_typed_by_the_base_class_of_modules() => Verify($$"""
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.FastAttention), Owner = typeof(Vendor.Block), Field = "attn", FieldType = typeof(Module<Tensor, Tensor>))]

        namespace Demo;

        internal sealed partial class FastAttention : Module<Tensor, Tensor>
        {
        {{Members}}
        }
        """);

    [Fact]
    public void Protected_field_typed_by_an_interface() => Verify($$"""
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(FastAttention), Owner = typeof(Vendor.Block), Field = "any")]

        internal sealed partial class FastAttention : Module<Tensor, Tensor>, Vendor.IAttention
        {
        {{Members}}
        }
        """);

    [Fact]
    public void Elements_of_lists_and_a_public_adapter_that_may_be_derived_from() => Verify($$"""
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.FastAttention), IncludeDerived = true)]

        namespace Demo;

        /// <summary>Public, with documentation on.</summary>
        public partial class FastAttention : Vendor.SelfAttention
        {
            /// <inheritdoc/>
        {{Members}}
        }
        """);

    [Fact]
    public void Elements_of_a_list_in_a_field_in_two_files() => Verify([
        """
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.Outer.FastAttention), Owner = typeof(Vendor.Model), Field = "blocks", FieldType = typeof(TorchSharp.Modules.ModuleList<Module<Tensor, Tensor>>))]
        """,
        $$"""
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.Outer.FastAttention), Owner = typeof(Vendor.Layer<int>), Field = "array", FieldType = typeof(Module<Tensor, Tensor>[]))]

        namespace Demo;

        internal static partial class Outer
        {
            internal sealed partial class FastAttention : Module<Tensor, Tensor>
            {
        {{Members}}
            }
        }
        """]);

    [Fact]
    public void Members_of_the_original() => Verify($$"""
        [assembly: WrapAttention(typeof(Vendor.WideAttention), typeof(Demo.FastAttention))]

        namespace Demo;

        internal sealed partial class FastAttention : Vendor.WideAttention
        {
            [OriginalMember("_heads", DeclaredIn = typeof(Vendor.SelfAttention))]
            internal partial long Heads { get; }

            [OriginalMember]
            private partial TorchSharp.Modules.Parameter? gate { get; }

            [OriginalMember(Submodule = "attn.qkv")]
            private partial TorchSharp.Modules.Linear Qkv { get; }

            [OriginalMember]
            private partial Tensor Modulate(Tensor hidden, in int shift, ref long scale, out Tensor? rest);

            [OriginalMember("Reset")]
            public partial void Clear();

        {{Members}}
        }
        """);

    [Fact]
    public void Attention_inlined_in_a_block() => Verify($$"""
        [assembly: WrapAttention(typeof(Vendor.Block), typeof(Demo.FastBlock))]

        namespace Demo;

        internal sealed partial class FastBlock : Vendor.Block
        {
            public override Tensor forward(Tensor hidden) => hidden + Attend(hidden);

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden);

        {{Projections}}
        }
        """);

    [Fact]
    public void Adapter_that_says_itself_what_training_and_disposing_mean() => Verify($$"""
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.FastAttention))]

        namespace Demo;

        internal sealed partial class FastAttention : Vendor.SelfAttention
        {
            public override bool training => false;

            public override void train(bool train) => Original.train(false);

            protected override void Dispose(bool disposing) => Original.Dispose();

        {{Members}}
        }
        """);

    [Fact]
    public void Classes_whose_names_differ_in_letter_case_only() => Verify([
        $$"""
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.FastAttention))]

        namespace Demo;

        internal sealed partial class FastAttention : Vendor.SelfAttention
        {
        {{Members}}
        }
        """,
        $$"""
        [assembly: WrapAttention(typeof(Vendor.SealedAttention), typeof(Demo.Fastattention))]

        namespace Demo;

        internal sealed partial class Fastattention : Module<Tensor, Tensor>
        {
        {{Members}}
        }
        """]);

    private static void Verify(string program, [CallerMemberName] string method = "", [CallerFilePath] string testFile = "") => Verify([program], method, testFile);

    private static void Verify(string[] program, [CallerMemberName] string method = "", [CallerFilePath] string testFile = "")
    {
        var generation = Vendor.Wrap(program);
        generation.Result.Diagnostics.ShouldBeEmpty();
        generation.CompilerComplaints.ShouldBeEmpty();
        Snapshot.Verify(generation, testFile, method, "WrapAttention");
    }
}
