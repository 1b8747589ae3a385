using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests;

/// <summary>
/// A snapshot for every diagnostic: message, place and what is generated all the same. Where the class is partial, ours is
/// the only error that shows.
/// </summary>
public sealed class DiagnosticTests
{
    private const string Site = "[AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]";

    [Fact]
    public void DFA0001_type_is_not_partial() => Verify($$"""
        namespace Demo;

        public sealed class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            {{Site}}
            private partial Tensor Attend(Tensor hidden);

        {{Sources.Projections}}

            public override Tensor forward(Tensor input) => Attend(input);
        }
        """, alsoFromCompiler: ["CS0751", "CS8795"]);

    [Fact]
    public void DFA0001_type_around_it_is_not_partial() => Verify($$"""
        namespace Demo;

        public static class Blocks
        {
            public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
            {
                {{Site}}
                private partial Tensor Attend(Tensor hidden);

        {{Sources.Projections}}

                public override Tensor forward(Tensor input) => Attend(input);
            }
        }
        """, alsoFromCompiler: ["CS8795"]);

    [Fact]
    public void DFA0002_method_is_not_partial() => Verify(Sources.Module($$"""
            {{Site}}
            private Tensor Attend(Tensor hidden) => hidden.alias();
        """));

    [Fact]
    public void DFA0002_local_function_and_accessor() => Verify(Sources.Module($$"""
            private int Size
            {
                {{Site}}
                get
                {
                    return Count(1);

                    {{Site}}
                    static int Count(int value) => value;
                }
            }
        """));

    [Fact]
    public void DFA0003_method_has_a_body() => Verify(Sources.Module($$"""
            {{Site}}
            private partial Tensor Attend(Tensor hidden);

            private partial Tensor Attend(Tensor hidden) => hidden.alias();
        """));

    [Fact]
    public void DFA0004_wrong_signature() => Verify(Sources.Module($$"""
            {{Site}}
            private partial Tensor Attend(int heads, Tensor hidden);

            {{Site}}
            internal static partial (int First, string? Second)[] AttendAll<T, U>(ref readonly T hidden, out U? other, params string[] rest)
                where T : struct, IComparable<T>
                where U : class?, new();
        """));

    [Fact]
    public void DFA0005_class_is_not_a_module() => Verify($$"""
        namespace Demo;

        public sealed partial class SelfAttention
        {
            {{Site}}
            private partial Tensor Attend(Tensor hidden);

        {{Sources.Projections}}
        }
        """);

    [Fact]
    public void DFA0006_projection_is_unknown() => Verify(Sources.Module("""
            [AttentionSite("attn", Project = "ProjectQvk", Output = "")]
            private partial Tensor Attend(Tensor hidden);
        """));

    [Fact]
    public void DFA0006_projection_is_private_in_the_base_class() => Verify($$"""
        namespace Demo;

        public abstract class Base() : Module<Tensor, Tensor>("Base")
        {
        {{Sources.Projections}}

            public override Tensor forward(Tensor input) => input.alias();
        }

        public sealed partial class SelfAttention : Base
        {
            [AttentionSite(Project = "ProjectQkv", Output = nameof(Finish))]
            private partial Tensor Attend(Tensor hidden);

            private Tensor Finish(Tensor attended) => attended.alias();
        }
        """);

    [Fact]
    public void DFA0007_projection_has_another_signature() => Verify(Sources.Module("""
            [AttentionSite("attn", Project = nameof(Split), Output = nameof(Attend))]
            private partial Tensor Attend(Tensor hidden);

            private AttentionInput Split(Tensor hidden, Tensor? rotary = null) => ProjectQkv(hidden);
        """));

    [Fact]
    public void DFA0007_projection_takes_other_parameters_than_the_site() => Verify(Sources.Module("""
            [AttentionSite("cross", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden, [PerSample] Tensor context, int heads);
        """));

    [Fact]
    public void DFA0013_kind_of_another_signature() => Verify(Sources.Module("""
            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Kind = SiteKind.JointAttention)]
            private partial Tensor Attend(Tensor hidden);
        """));

    [Fact]
    public void DFA0014_sub_layer_of_more_than_its_tokens() => Verify(Sources.Module("""
            private const int Width = 8;

            [SubLayerSite("scaled", Compute = nameof(Scaled), Width = nameof(Width), MultiplyAccumulates = nameof(Width))]
            private partial Tensor Scale(Tensor hidden, double scale);

            private Tensor Scaled(Tensor hidden, double scale) => hidden.mul(scale);

            [SubLayerSite("both", Compute = nameof(Both), Width = nameof(Width), MultiplyAccumulates = nameof(Width))]
            private partial (Tensor, Tensor) Two(Tensor image, Tensor text);

            private (Tensor, Tensor) Both(Tensor image, Tensor text) => (image.alias(), text.alias());

            [SubLayerSite("static", Compute = nameof(One), Width = nameof(Width), MultiplyAccumulates = nameof(Width))]
            private static partial Tensor Shared(Tensor hidden);

            private static Tensor One(Tensor hidden) => hidden.alias();
        """));

    [Fact]
    public void DFA0006_sub_layers_computation_is_unknown() => Verify(Sources.Module("""
            private const int Width = 8;

            [SubLayerSite(Compute = "Transfrom", Width = nameof(Width), MultiplyAccumulates = nameof(Width))]
            private partial Tensor FeedForward(Tensor hidden);

            private Tensor Transform(Tensor hidden) => hidden.alias();
        """));

    [Fact]
    public void DFA0007_sub_layers_computation_has_another_signature() => Verify(Sources.Module("""
            private const int Width = 8;

            [SubLayerSite(Compute = nameof(ProjectQkv), Width = nameof(Width), MultiplyAccumulates = nameof(Width))]
            private partial Tensor FeedForward(Tensor hidden);
        """));

    [Fact]
    public void DFA0008_sub_layers_size_is_no_number() => Verify(Sources.Module("""
            private string Wide => "8";

            [SubLayerSite(Compute = nameof(Transform), Width = nameof(Wide), MultiplyAccumulates = "Work")]
            private partial Tensor FeedForward(Tensor hidden);

            private Tensor Transform(Tensor hidden) => hidden.alias();
        """));

    [Fact]
    public void DFA0008_size_is_no_number() => Verify(Sources.Module("""
            private string _heads => "4";

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads), HeadWidth = "_width")]
            private partial Tensor Attend(Tensor hidden);

            private long Width { set => _ = value; }

            [AttentionSite("cross", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Width))]
            private partial Tensor AttendToText(Tensor hidden);
        """));

    [Fact]
    public void DFA0009_two_sites_of_one_name() => Verify(Sources.Module("""
            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden);

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor AttendToText(Tensor hidden);
        """));

    [Fact]
    public void DFA0009_two_sites_without_a_name() => Verify(Sources.Module("""
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden);

            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor AttendToText(Tensor hidden);
        """));

    [Fact]
    public void DFA0009_name_of_a_site_in_the_base_class() => Verify($$"""
        namespace Demo;

        public abstract partial class Base() : Module<Tensor, Tensor>("Base")
        {
            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public override partial Tensor forward(Tensor input);

        {{Sources.Projections.Replace("private", "protected", StringComparison.Ordinal)}}
        }

        public sealed partial class Derived : Base
        {
            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden);
        }
        """);

    [Fact]
    public void DFA0010_malformed_names() => Verify(Sources.Module("""
            [AttentionSite("", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Empty(Tensor hidden);

            [AttentionSite("blocks.attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Dotted(Tensor hidden);

            [AttentionSite(name: "self attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Spaced(Tensor hidden);

            [AttentionSite("attn\u0007", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Ringing(Tensor hidden);
        """));

    [Fact]
    public void DFA0011_base_class_is_a_hand_written_host() => Verify($$"""
        using System.Collections.Generic;

        namespace Demo;

        public abstract class Base() : Module<Tensor, Tensor>("Base"), IAttentionSiteHost
        {
            public bool SitesConnected => false;

            public IReadOnlyList<AttentionSite> CreateSites() => [];

            public void ConnectSites(IReadOnlyList<AttentionSite>? sites)
            {
            }
        }

        public sealed partial class Derived : Base
        {
            {{Site}}
            public override partial Tensor forward(Tensor input);

        {{Sources.Projections}}
        }
        """);

    [Fact]
    public void DFA0012_type_is_file_local() => Verify($$"""
        namespace Demo;

        file sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            {{Site}}
            private partial Tensor Attend(Tensor hidden);

        {{Sources.Projections}}

            public override Tensor forward(Tensor input) => Attend(input);
        }
        """, alsoFromCompiler: ["CS8795"]);

    private static void Verify(
        string source,
        string[]? alsoFromCompiler = null,
        [System.Runtime.CompilerServices.CallerMemberName] string method = "",
        [System.Runtime.CompilerServices.CallerFilePath] string testFile = "")
    {
        var generation = Generation.Of(source);
        generation.Ids.Distinct().ShouldBe([method[..7]]);
        generation.CompilerComplaints.Select(d => d.Id).Distinct().ShouldBe(
            alsoFromCompiler ?? [], ignoreOrder: true, string.Join('\n', generation.CompilerComplaints));
        Snapshot.Verify(generation, testFile, method);
    }
}
