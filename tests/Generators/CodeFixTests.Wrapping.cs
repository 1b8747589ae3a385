using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Tests;

/// <summary>The fixes of wrapping, of use and of what a site belongs to.</summary>
public sealed partial class CodeFixTests
{
    private const string Place = "Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(Module<Tensor, Tensor>)";

    private static readonly Lazy<MetadataReference> Vendor = new(() => VendorAssembly.Of("""
        namespace Vendor
        {
            public class SelfAttention : Module<Tensor, Tensor>
            {
                private readonly Linear qkv = Linear(8, 24);
                public Linear open = Linear(8, 8);
                public long Size => 8;
                public SelfAttention() : base("SelfAttention") => RegisterComponents();
                public override Tensor forward(Tensor hidden) => qkv.forward(hidden);
            }

            public class Around : Module<Tensor, Tensor>
            {
                public SelfAttention inherited = new SelfAttention();
                public Around() : base("Around") => RegisterComponents();
                public override Tensor forward(Tensor hidden) => inherited.forward(hidden);
            }

            public class Block : Around
            {
                private readonly Module<Tensor, Tensor> attn = new SelfAttention();
                public SelfAttention own = new SelfAttention();
                public Module<Tensor, Tensor> Norm { get; } = new SelfAttention();
                public override Tensor forward(Tensor hidden) => attn.forward(hidden);
            }
        }
        """).Reference);

    [Fact]
    public Task DFA0005_derives_it_from_a_module() => Check("Derive it from Module<Tensor, Tensor>", $$"""
        namespace Demo;

        /// <summary>A class that derives from nothing.</summary>
        public sealed partial class SelfAttention
        {
            {{Site}}
            private partial Tensor Attend(Tensor hidden);

        {{Sources.Projections}}
        }
        """);

    [Fact]
    public Task DFA0005_hands_constructors_a_name_and_overrides_forward() => Check("Derive it from Module<Tensor, Tensor>", $$"""
        namespace Demo;

        public sealed partial class SelfAttention : IDisposable
        {
            private readonly long _heads;

            public SelfAttention(long heads)
            {
                _heads = heads;
            }

            public SelfAttention()
                : this(2)
            {
            }

            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads))]
            private partial Tensor Attend(Tensor hidden);

            public Tensor forward(Tensor hidden) => Attend(hidden);

        {{Sources.Projections}}
        }
        """);

    [Fact]
    public Task DFA0061_removes_abstract() => CheckWrapping("Remove 'abstract'", Place, "", "internal abstract partial");

    [Fact]
    public Task DFA0061_makes_the_adapter_partial() => Check(
        "Make 'Outer' partial",
        $$"""
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Outer.FastAttention), {{Place}})]

        internal static class Outer
        {
            internal sealed partial class FastAttention : Module<Tensor, Tensor>
            {
                {{Site}}
                public override partial Tensor forward(Tensor hidden);

        {{Sources.Projections}}
            }
        }
        """,
        id: "DFA0001",
        vendor: Vendor.Value);

    [Fact]
    public Task DFA0064_wraps_the_elements_of_lists() => CheckWrapping("Wrap the elements of ModuleLists", "Field = \"attn\", IncludeDerived = true, FieldType = typeof(Module<Tensor, Tensor>)");

    [Fact]
    public Task DFA0065_uses_the_nearest_field() => CheckWrapping("Use 'own'", "Owner = typeof(Holder), Field = \"onw\"", """

        public sealed class Holder() : Module<Tensor, Tensor>("Holder")
        {
            private readonly Module<Tensor, Tensor> own = new Vendor.SelfAttention();

            public override Tensor forward(Tensor hidden) => own.forward(hidden);
        }
        """);

    [Fact]
    public Task DFA0065_says_the_fields_type() => CheckWrapping("Say the field's type, 'Module<Tensor, Tensor>'", "Owner = typeof(Holder), Field = \"own\", FieldType = typeof(Vendor.SelfAttention)", """

        public sealed class Holder() : Module<Tensor, Tensor>("Holder")
        {
            public Module<Tensor, Tensor> own = new Vendor.SelfAttention();

            public override Tensor forward(Tensor hidden) => own.forward(hidden);
        }
        """);

    [Fact]
    public Task DFA0065_names_the_field_behind_a_property()
        => CheckWrapping("Name the field behind 'Norm'", "Owner = typeof(Vendor.Block), Field = \"Norm\", FieldType = typeof(Module<Tensor, Tensor>)");

    [Fact]
    public Task DFA0065_names_the_class_that_declares_the_field() => CheckWrapping(
        "Name 'Around', which declares it",
        "Owner = typeof(Vendor.Block), Field = \"inherited\"",
        declaration: "internal sealed partial",
        ancestor: "Vendor.SelfAttention");

    [Fact]
    public Task DFA0069_removes_the_constructor() => CheckWrapping("Remove the constructor", Place, body: """

            public FastAttention()
                : base("FastAttention")
            {
            }
        """);

    [Fact]
    public Task DFA0069_makes_a_property_with_an_arrow() => CheckWrapping("Make 'Heads' a property with '=>'", Place, body: """

            private long Heads { get; } = 2; // as the checkpoint has it

            public override string ToString() => $"{Heads}";
        """);

    [Fact]
    public Task DFA0069_makes_a_field_static() => CheckWrapping("Make '_heads' static", Place, body: """

            private readonly long _heads = 2;

            public override string ToString() => $"{_heads}";
        """);

    [Fact]
    public Task DFA0070_removes_the_second_attribute() => Check(
        "Remove this [WrapAttention]",
        $"[assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(FastAttention), {Place})]\n" + Wrapping(Place, "", "internal sealed partial", "", "Module<Tensor, Tensor>"),
        vendor: Vendor.Value);

    [Fact]
    public Task DFA0071_declares_the_property() => CheckWrapping("Let the generator write 'qkv'", Place, body: """

            // Its weights.
            [OriginalMember]
            private TorchSharp.Modules.Linear qkv { get; set; } = null!;
        """);

    [Fact]
    public Task DFA0071_declares_the_method() => CheckWrapping("Let the generator write 'Say'", Place, body: """

            [OriginalMember("ToString")]
            private static string Say()
            {
                return "";
            }
        """);

    [Fact]
    public Task DFA0063_derives_it_from_the_originals_module_class()
        => CheckWrapping("Derive it from 'Module<Tensor, Tensor>'", Place, ancestor: "Module<Tensor, Tensor, Tensor>, IFormattable", body: """

            public string ToString(string? format, IFormatProvider? provider) => "";
        """);

    [Fact]
    public Task DFA0068_overrides_what_it_hides() => CheckHiding("public new partial");

    [Fact]
    public Task DFA0068_overrides_with_the_bases_accessibility() => CheckHiding("private partial");

    [Fact]
    public Task DFA0072_declares_the_fields_type() => CheckWrapping("Declare it with the type 'Linear'", Place, body: """

            [OriginalMember] private partial Module<Tensor, Tensor> open { get; } // the projection
        """);

    [Fact]
    public Task DFA0072_reads_a_property_from_the_original() => CheckWrapping("Read it from Original.Size", Place, body: """

            // How wide it is.
            [OriginalMember]
            private partial int Size { get; }
        """);

    [Fact]
    public Task DFA0072_names_the_class_that_declares_it() => Check("Name 'Around', which declares it", $$"""
        [assembly: WrapAttention(typeof(Vendor.Block), typeof(FastAttention), Owner = typeof(Holder), Field = "own")]

        internal sealed partial class FastAttention : Vendor.Block
        {
            [OriginalMember("inherited")] private partial Vendor.SelfAttention Attention { get; }

            {{Site}}
            public override partial Tensor forward(Tensor hidden);

        {{Sources.Projections}}
        }

        public sealed class Holder() : Module<Tensor, Tensor>("Holder")
        {
            public Vendor.Block own = new Vendor.Block();

            public override Tensor forward(Tensor hidden) => own.forward(hidden);
        }
        """, vendor: Vendor.Value);

    [Fact]
    public Task DFA0102_sets_by_init() => Check("Let 'Period' be set by 'init' only", Strategy("/// <summary>Steps.</summary>\n    public int Period { get; set; } = 3;"));

    [Fact]
    public Task DFA0102_makes_a_field_readonly() => Check("Make 'Period' readonly", Strategy("/// <summary>Steps.</summary>\n    internal int Period = 3;"));

    [Fact]
    public Task DFA0104_returns_an_alias() => Check("Return hidden.alias()", """
        namespace Demo;

        public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public override partial Tensor forward(Tensor input);

            private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden, hidden.alias());

            private Tensor ProjectOut(Tensor attended) => attended.alias();
        }
        """);

    [Fact]
    public Task DFA0104_returns_an_alias_of_what_may_be_none() => Check("Return mask?.alias()", """
        namespace Demo;

        public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden, [PerSample] Tensor? mask);

            private AttentionInput ProjectQkv(Tensor hidden, Tensor? mask)
                => new(hidden.alias(), hidden.alias(), hidden.alias()) { KeyMask = mask };

            private Tensor ProjectOut(Tensor attended) => attended.alias();

            public override Tensor forward(Tensor input) => Attend(input, null);
        }
        """);

    private static Task CheckHiding(
        string modifiers,
        [System.Runtime.CompilerServices.CallerMemberName] string method = "",
        [System.Runtime.CompilerServices.CallerFilePath] string testFile = "")
        => Check(
            "Override 'forward'",
            $$"""
            [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(FastAttention))]

            internal sealed partial class FastAttention : Vendor.SelfAttention
            {
                // The whole attention.
                {{Site}}
                {{modifiers}} Tensor forward(Tensor hidden);

            {{Sources.Projections}}
            }
            """,
            vendor: Vendor.Value,
            method: method,
            testFile: testFile);

    private static Task CheckWrapping(
        string title,
        string place,
        string more = "",
        string declaration = "internal sealed partial",
        string body = "",
        string ancestor = "Module<Tensor, Tensor>",
        [System.Runtime.CompilerServices.CallerMemberName] string method = "",
        [System.Runtime.CompilerServices.CallerFilePath] string testFile = "")
        => Check(title, Wrapping(place, more, declaration, body, ancestor), vendor: Vendor.Value, method: method, testFile: testFile);

    private static string Wrapping(string place, string more, string declaration, string body, string ancestor) => $$"""
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(FastAttention), {{place}})]

        {{declaration}} class FastAttention : {{ancestor}}
        {
            {{Site}}
            public override partial Tensor forward(Tensor hidden);

        {{Sources.Projections}}
        {{body}}
        }
        {{more}}
        """;

    private static string Strategy(string member) => Sources.Processor("[AttentionProcessor(\"mine\")] public sealed class Mine")
        .Replace("    public ProcessorTraits", $"    {member}\n\n    public ProcessorTraits", StringComparison.Ordinal);
}
