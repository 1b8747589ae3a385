using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Tests;

/// <summary>Every code fix is offered where it should be, does what it says, and leaves source that compiles without the diagnostic.</summary>
public sealed partial class CodeFixTests
{
    private const string Site = "[AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]";

    [Fact]
    public Task DFA0001_makes_the_type_partial() => Check("Make 'SelfAttention' partial", $$"""
        namespace Demo;

        /// <summary>A class without a modifier.</summary>
        class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            {{Site}}
            public override partial Tensor forward(Tensor input);

        {{Sources.Projections}}
        }
        """);

    [Fact]
    public Task DFA0001_makes_the_type_around_it_partial() => Check("Make 'Blocks' partial", $$"""
        namespace Demo;

        [Serializable]
        public static class Blocks
        {
            public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
            {
                {{Site}}
                public override partial Tensor forward(Tensor input);

        {{Sources.Projections}}
            }
        }
        """);

    [Fact]
    public Task DFA0002_leaves_the_body_to_the_generator() => Check("Let the generator write the body of 'Attend'", Sources.Module($$"""
            // Attention as it was.
            {{Site}}
            Tensor Attend(Tensor hidden)
            {
                using var input = ProjectQkv(hidden);
                return ProjectOut(input.Value);
            }
        """));

    [Fact]
    public Task DFA0002_removes_the_attribute() => Check("'Attend' is no attention site: remove the attribute", Sources.Module($$"""
            // Attention as it was.
            [Obsolete, AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private Tensor Attend(Tensor hidden) => hidden.alias();
        """));

    [Fact]
    public Task DFA0003_removes_the_body_of_the_other_part() => Check("Let the generator write the body of 'Attend'", Sources.Module($$"""
            {{Site}}
            private partial Tensor Attend(Tensor hidden);

            private partial Tensor Attend(Tensor hidden) => hidden.alias();
        """));

    [Fact]
    public Task DFA0003_removes_the_body_beside_the_attribute() => Check("Let the generator write the body of 'Attend'", Sources.Module($$"""
            {{Site}}
            private partial Tensor Attend(Tensor hidden) => hidden.alias();
        """));

    [Fact]
    public Task DFA0004_removes_static() => Check("Remove 'static'", Sources.Module($$"""
            {{Site}}
            private static partial Tensor Attend(Tensor hidden);
        """));

    [Fact]
    public Task DFA0006_uses_the_nearest_method() => Check("Use 'ProjectQkv'", Sources.Module("""
            [AttentionSite("attn", Project = "ProjectQvk", Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden);

            private AttentionInput Split(Tensor hidden) => ProjectQkv(hidden);
        """));

    [Fact]
    public Task DFA0006_adds_the_projection() => Check("Add 'ProjectQvk'", Sources.Module("""
            [AttentionSite("attn", Project = "ProjectQvk", Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden, [PerSample] torch.Tensor? mask = null, int rows = 1);
        """));

    [Fact]
    public Task DFA0006_adds_the_output_of_two_streams() => Check("Add 'ProjectBack'", Sources.Module("""
            [AttentionSite("attn", Project = nameof(ProjectBoth), Output = "ProjectBack")]
            private partial (Tensor, Tensor) Attend(Tensor image, Tensor text);

            private AttentionInput ProjectBoth(Tensor image, Tensor text) => ProjectQkv(image);
        """));

    [Fact]
    public Task DFA0007_uses_the_method_that_fits() => Check("Use 'ProjectOut'", Sources.Module("""
            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(Gated))]
            private partial Tensor Attend(Tensor hidden);

            private Tensor Gated(Tensor attended, float gate) => attended * gate;
        """));

    [Fact]
    public Task DFA0007_adds_an_overload() => Check("Add 'Gated'", Sources.Module("""
            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(Gated))]
            private partial Tensor Attend(Tensor hidden);

            private Tensor Gated(Tensor attended, float gate) => attended * gate;
        """));

    [Fact]
    public Task DFA0007_adds_under_another_name_where_the_overload_is_taken() => Check("Add 'Gated2'", Sources.Module("""
            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(Gated))]
            private partial Tensor Attend(Tensor hidden);

            private static string Gated(Tensor attended) => attended.ToString()!;
        """));

    [Fact]
    public Task DFA0008_uses_the_number_of_that_name() => Check("Use '_heads'", Sources.Module("""
            private readonly long _heads = 4;

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = "_haeds")]
            private partial Tensor Attend(Tensor hidden);
        """));

    [Fact]
    public Task DFA0008_leaves_it_out() => Check("Leave 'HeadWidth' out", Sources.Module("""
            [AttentionSite("attn", Project = nameof(ProjectQkv), HeadWidth = "width", Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden);
        """));

    [Fact]
    public Task DFA0009_names_the_site_by_its_method() => Check("Name the site \"attendToText\"", Sources.Module($$"""
            {{Site}}
            private partial Tensor Attend(Tensor hidden);

            {{Site}}
            private partial Tensor AttendToText(Tensor hidden);
        """));

    [Fact]
    public Task DFA0009_finds_a_name_that_is_free() => Check("Name the site \"again2\"", Sources.Module("""
            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden);

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Again(Tensor hidden);

            [AttentionSite("again", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor OnceMore(Tensor hidden);
        """));

    [Theory]
    [InlineData("blocks.0.attn", "attn")]
    [InlineData("self attn", "self_attn")]
    [InlineData("", "attend")]
    [InlineData("a\\u0007b", "ab")]
    [InlineData("...", "attend")]
    public async Task DFA0010_mends_the_name(string name, string mended)
    {
        var source = Sources.Module($$"""
                [AttentionSite("{{name}}", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
                private partial Tensor Attend(Tensor hidden);
            """);

        var (_, changed) = (await FixRun.Of(Generation.Compile(source), "DFA0010")).ShouldHaveSingleItem();

        changed.ShouldBe(source.Replace($"\"{name}\"", $"\"{mended}\"", StringComparison.Ordinal));
        CheckMended(changed, "DFA0010", vendor: null);
    }

    [Fact]
    public Task DFA0012_removes_file() => Check("Remove 'file'", $$"""
        namespace Demo;

        file sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            {{Site}}
            public override partial Tensor forward(Tensor input);

        {{Sources.Projections}}
        }
        """);

    [Fact]
    public Task DFA0006_uses_the_nearest_method_for_a_sub_layer() => Check("Use 'Transform'", Sources.Module("""
            private const int Width = 8;

            [SubLayerSite(Compute = "Transfrom", Width = nameof(Width), MultiplyAccumulates = nameof(Width))]
            private partial Tensor FeedForward(Tensor hidden);

            private Tensor Transform(Tensor hidden) => hidden.alias();
        """));

    [Fact]
    public Task DFA0006_adds_a_sub_layers_computation() => Check("Add 'Transform'", Sources.Module("""
            private const int Width = 8;

            [SubLayerSite(Compute = "Transform", Width = nameof(Width), MultiplyAccumulates = nameof(Width))]
            private partial Tensor FeedForward(Tensor hidden);
        """));

    [Fact]
    public Task DFA0008_uses_the_number_for_a_sub_layer() => Check("Use 'Width'", Sources.Module("""
            private const int Width = 8;

            [SubLayerSite(Compute = nameof(Transform), Width = "Wdth", MultiplyAccumulates = nameof(Width))]
            private partial Tensor FeedForward(Tensor hidden);

            private Tensor Transform(Tensor hidden) => hidden.alias();
        """));

    [Fact]
    public Task DFA0013_leaves_the_kind_out() => Check("Leave 'Kind' out", Sources.Module("""
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Kind = SiteKind.JointAttention)]
            private partial Tensor Attend(Tensor hidden);
        """));

    [Fact]
    public Task CS9035_names_the_projections_that_are_there() => Check("Use 'ProjectQkv' and 'ProjectOut'", Sources.Module("""
            [AttentionSite("attn")]
            private partial Tensor Attend(Tensor hidden);
        """), "CS9035");

    [Fact]
    public Task CS9035_adds_the_projections_that_are_not_there() => Check("Add 'ProjectQkv' and 'ProjectOut'", """
        namespace Demo
        {
            public sealed partial class SelfAttention() : torch.nn.Module<torch.Tensor, torch.Tensor>("SelfAttention")
            {
                [AttentionSite]
                public override partial torch.Tensor forward(torch.Tensor input);
            }
        }
        """, "CS9035");

    [Fact]
    public Task CS9035_adds_the_one_that_is_not_there() => Check("Add 'ProjectOut'", """
        namespace Demo;

        public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            [AttentionSite(Project = nameof(Split))]
            public override partial Tensor forward(Tensor input);

            private static AttentionInput Split(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());
        }
        """, "CS9035");

    [Fact]
    public Task DFA0041_implements_the_interface() => Check("Implement IAttentionProcessor, full attention to begin with", """
        namespace Demo;

        [AttentionProcessor("mine")]
        public sealed class Mine(IServiceProvider services)
        {
            public IServiceProvider Services => services;
        }
        """);

    [Fact]
    public Task DFA0041_implements_the_interface_of_an_empty_class() => Check("Implement IAttentionProcessor, full attention to begin with", """
        namespace Demo;

        [AttentionProcessor("mine")]
        public sealed class Mine;
        """);

    [Fact]
    public Task DFA0041_removes_the_attribute() => Check("Remove [AttentionProcessor]", """
        namespace Demo;

        /// <summary>Two things.</summary>
        [AttentionProcessor("mine")]
        public sealed class Mine;
        """);

    [Fact]
    public Task DFA0042_removes_abstract() => Check("Remove 'abstract'", Sources.Processor("""[AttentionProcessor("mine")] public abstract class Mine"""));

    [Fact]
    public Task DFA0043_makes_everything_around_it_internal() => Check("Make 'Inner' and 'Mine' internal", $$"""
        namespace Demo;

        public class Outer
        {
            // Nobody else's.
            private protected static class Inner
            {
                [AttentionProcessor("mine")]
                sealed class Mine : IAttentionProcessor
                {
        {{Sources.Strategy}}
                }
            }
        }
        """);

    [Fact]
    public Task DFA0043_makes_a_file_local_class_internal() => Check("Make 'Mine' internal", Sources.Processor("""[AttentionProcessor("mine")] file sealed class Mine"""));

    [Fact]
    public Task DFA0044_changes_the_id() => Check("Change the id to 'delta-caching'", Sources.Processor("""[AttentionProcessor("DeltaCaching")] public sealed class DeltaCaching"""));

    [Fact]
    public Task DFA0045_changes_the_id() => Check("Change the id to 'my-full'", Sources.Processor("""[AttentionProcessor(id: "full")] public sealed class Full"""));

    [Fact]
    public Task DFA0046_changes_the_id() => Check("Change the id to 'second'", $$"""
        {{Sources.Processor("""[AttentionProcessor("mine")] public sealed class First""")}}

        [AttentionProcessor("mine")]
        public sealed class Second : IAttentionProcessor
        {
        {{Sources.Strategy}}
        }
        """);

    [Fact]
    public Task DFA0047_makes_the_constructor_public() => Check("Make the constructor public", Sources
        .Processor("""[AttentionProcessor("mine")] public sealed class Mine""")
        .Replace("public ProcessorTraits", "static Mine()\n    {\n    }\n\n    private protected Mine()\n    {\n    }\n\n    public ProcessorTraits", StringComparison.Ordinal));

    [Fact]
    public async Task DFA0048_removes_the_attribute()
    {
        var compilation = Generation.WithoutHosting(Generation.Compile(Sources.Processor("""[AttentionProcessor("mine")] public sealed class Mine""")));

        var (title, changed) = (await FixRun.Of(compilation, "DFA0048")).ShouldHaveSingleItem();

        title.ShouldBe("Remove [AttentionProcessor]");
        changed.ShouldBe(Sources.Processor("public sealed class Mine"));
    }

    [Fact]
    public Task DFA0049_adds_the_registration() => Check("Call AddDemoProcessors", $$"""
        using DiTFastAttn.Hosting;
        using Microsoft.Extensions.DependencyInjection;

        {{Sources.Processor("""[AttentionProcessor("mine")] public sealed class Mine""")}}

        public static class Startup
        {
            public static void Configure(IServiceCollection services)
            {
                services
                    .AddDiTFastAttn(options => options.Window = AttentionWindow.Paper)
                    .UsePlanFile("a.plan.json");
            }
        }
        """);

    [Theory]
    [InlineData("DFA0002", "a local function", "private int Size { get { return Count(1); [AttentionSite(Project = \"A\", Output = \"B\")] static int Count(int value) => value; } }")]
    [InlineData("DFA0004", "a generic method", "[AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))] private partial Tensor Attend<T>(Tensor hidden);")]
    public async Task Nothing_is_offered_where_it_takes_thought(string id, string what, string member)
        => (await FixRun.Of(Generation.Compile(Sources.Module(member)), id)).ShouldBeEmpty(what);

    [Fact]
    public void Every_fix_is_for_diagnostics_that_there_are_and_can_mend_many_at_a_time()
    {
        FixRun.Providers.Count.ShouldBe(15);
        var ids = DiagnosticCatalogTests.All.Select(descriptor => descriptor.Id).Append("CS9035").ToList();
        foreach (var provider in FixRun.Providers)
        {
            provider.FixableDiagnosticIds.ShouldNotBeEmpty();
            provider.FixableDiagnosticIds.ShouldBeSubsetOf(ids);
            provider.GetFixAllProvider().ShouldBe(WellKnownFixAllProviders.BatchFixer);
        }
    }

    [Fact]
    public async Task Half_typed_source_does_not_disturb()
    {
        var source = Sources.Processor("""[AttentionProcessor("Mine")] public sealed class Mine""");
        var offered = 0;
        for (var end = 0; end < source.Length; end += 3)
        {
            var compilation = Generation.Compile(source[..end]);
            if (Generation.Of(compilation).Ids.FirstOrDefault() is { } id)
            {
                offered += (await FixRun.Of(compilation, id)).Count;
            }
        }

        offered.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task A_diagnostic_of_a_moment_ago_offers_nothing()
    {
        var diagnostic = Generation.Of(Sources.Processor("""[AttentionProcessor("Mine")] public sealed class Mine""")).Result.Diagnostics.Single();

        (await FixRun.Of(Generation.Compile("namespace Demo;"), diagnostic)).ShouldBeEmpty();
    }

    private static async Task Check(
        string title,
        string source,
        string? id = null,
        MetadataReference? vendor = null,
        [System.Runtime.CompilerServices.CallerMemberName] string method = "",
        [System.Runtime.CompilerServices.CallerFilePath] string testFile = "")
    {
        id ??= method[..7];
        var fixes = await FixRun.Of(Compile(source, vendor), id);

        fixes.Select(fix => fix.Title).ShouldContain(title);
        var changed = fixes.Single(fix => fix.Title == title).Source;
        CheckMended(changed, id, vendor);
        Snapshot.Compare(
            Path.GetDirectoryName(testFile)!,
            $"{nameof(CodeFixTests)}.{method}",
            new Dictionary<string, string>(StringComparer.Ordinal) { [".*.cs"] = changed.ReplaceLineEndings("\n") + "\n" },
            accept: Environment.GetEnvironmentVariable("DITFAST_ACCEPT") == "1");
    }

    private static CSharpCompilation Compile(string source, MetadataReference? vendor)
        => vendor is null ? Generation.Compile(source) : Generation.Compile(source).AddReferences(vendor);

    private static void CheckMended(string source, string id, MetadataReference? vendor)
    {
        var generation = Generation.Of(Compile(source, vendor));
        generation.Ids.ShouldNotContain(id, source);
        generation.Ids.ShouldBeEmpty(source);
        generation.CompilerComplaints.ShouldBeEmpty(source);
        Analysis.Of(Compile(source, vendor)).Diagnostics.ShouldBeEmpty(source);
    }
}
