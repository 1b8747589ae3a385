using System.Text;
using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Tests;

/// <summary>The names of sites that a model's declaration says, and what it leaves open.</summary>
public sealed class PlanModelTests
{
    private const string Attention = $$"""
        public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public override partial Tensor forward(Tensor input);

        {{Sources.Projections}}
        }

        """;

    [Theory]
    [InlineData("a field", "private readonly SelfAttention a = new();", "a.attn", "a.attention b.attn")]
    [InlineData("a list", "private readonly ModuleList<SelfAttention> list = new();", "list.0.attn list.1.attn", "list.attn list.00.attn list.-1.attn list.x.attn list.0 list.0.attn.x")]
    [InlineData("a list in a module in a list", "private readonly ModuleList<Level> levels = new();", "levels.0.blocks.0.attn levels.0.blocks.1.attn levels.1.blocks.0.attn", "levels.0.attn blocks.0.attn")]
    [InlineData("an automatic property", "public SelfAttention Own { get; } = new();", "<Own>k__BackingField.attn", "Own.attn")]
    [InlineData("a component's name", "[TorchSharp.Utils.ComponentName(Name = \"b\")] private readonly SelfAttention a = new();", "b.attn", "a.attn")]
    [InlineData("a base class's field", "", "inherited.attn", "base.attn", "Around")]
    [InlineData("a list of a class that others derive from", "private readonly ModuleList<Around> list = new();", "list.0.inherited.attn list.1.own.attn list.1.inherited.attn", "list.0.other.attn")]
    public void Names_follow_the_fields(string what, string members, string names, string others, string baseClass = "Module<Tensor, Tensor>")
    {
        Messages(what, members, names, baseClass).ShouldBeEmpty(what);
        foreach (var other in others.Split(' '))
        {
            Messages(what, members, other, baseClass).ShouldContain(message => message.Contains($"the plan has '{other}', the model 'DiT' has ", StringComparison.Ordinal), $"{what}: {other}");
        }
    }

    [Theory]
    [InlineData("an abstract module", "private readonly Module<Tensor, Tensor> a = new SelfAttention();", "a.attn a.b.c")]
    [InlineData("an interface", "private readonly IAttention a = null!;", "a.attn")]
    [InlineData("a sequence", "private readonly Sequential a = Sequential();", "a.0.attn")]
    [InlineData("a dictionary", "private readonly ModuleDict<SelfAttention> a = new();", "a.x.attn")]
    [InlineData("modules registered by hand", "public void Fill() => register_module(\"x\", new SelfAttention());", "x.attn")]
    [InlineData("modules in an array", "private readonly SelfAttention[] a = [];", "a0.attn")]
    [InlineData("a type parameter", "private readonly Holder<SelfAttention> a = new();", "a.held.attn")]
    [InlineData("a hand-written host", "private readonly ByHand a = null!;", "a.whatever")]
    public void What_shows_at_run_time_only_is_left_open(string what, string members, string names)
        => Messages(what, members, names, "Module<Tensor, Tensor>").ShouldBeEmpty(what);

    [Theory]
    [InlineData("list.0.attn list.2.attn last.attn", "lacks 'list.1.attn'")]
    [InlineData("list.0.attn list.1.attn", "lacks 'last.attn'")]
    [InlineData("list.0.attn last.attn list.99999999.attn", "")]
    [InlineData("last.attn", "")]
    [InlineData("last.attn maybe.attn", "")]
    public void Sites_that_every_such_model_has_are_expected(string names, string message)
    {
        var messages = Messages(
            names, "private readonly ModuleList<SelfAttention> list = new(); private readonly SelfAttention last = new(); private readonly SelfAttention? maybe;", names, "Module<Tensor, Tensor>");

        messages.Count.ShouldBe(message.Length == 0 ? 0 : 1, string.Join('\n', messages));
        messages.ShouldAllBe(m => m.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_may_give_itself_a_name()
    {
        const string Source = """
            namespace Demo;

            public sealed class Renamed : Module<Tensor, Tensor>
            {
                private const string Given = "DiT";
                private readonly SelfAttention own = new();
                public Renamed() : base(Given) => RegisterComponents();
                public override Tensor forward(Tensor input) => own.forward(input);
            }

            """ + Attention;

        Analysis.Of(Generation.Compile(Source), Plan("own.attn")).Diagnostics.ShouldBeEmpty();
        Analysis.Of(Generation.Compile(Source), Plan("other.attn")).Ids.ShouldBe(["DFA0087", "DFA0087"]);
        // Whatever the caller says.
        var unknown = Source.Replace("public Renamed() : base(Given)", "public Renamed(string name) : base(name)", StringComparison.Ordinal);
        Analysis.Of(Generation.Compile(unknown), Plan("other.attn")).Diagnostics.ShouldBeEmpty();
    }

    [Fact]
    public void A_model_that_is_a_site_itself()
    {
        const string Source = $$"""
            namespace Demo;

            public sealed partial class DiT() : Module<Tensor, Tensor>("DiT")
            {
                [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
                public override partial Tensor forward(Tensor input);

            {{Sources.Projections}}
            }
            """;

        Analysis.Of(Generation.Compile(Source), Plan("attention")).Diagnostics.ShouldBeEmpty();
        Analysis.Of(Generation.Compile(Source), Plan("attn")).Ids.Distinct().ShouldBe(["DFA0087"]);
    }

    [Fact]
    public void A_model_of_another_assembly_is_known_by_its_private_fields()
    {
        var library = Generation.Of(Generation.Compile(PlanSources.Model).WithAssemblyName("Kit"));
        var project = Generation.Compile(PlanSources.Strategies);

        Analysis.Of(project.AddReferences(library.ToReference()), Analysis.Plan(PlanSources.Plan)).Diagnostics.ShouldBeEmpty();
        Analysis.Of(
                project.AddReferences(library.ToReference()),
                Analysis.Plan(PlanSources.Plan.Replace("last.attn", "end.attn", StringComparison.Ordinal))).Ids.Distinct().ShouldBe(["DFA0087"]);
        // As an editor has it.
        Analysis.Of(
                project.AddReferences(library.Output.ToMetadataReference()),
                Analysis.Plan(PlanSources.Plan.Replace("last.attn", "end.attn", StringComparison.Ordinal))).Ids.Distinct().ShouldBe(["DFA0087"]);
    }

    [Fact]
    public void What_a_wrapping_stands_for_is_left_open()
    {
        var vendor = VendorAssembly.Of("""
            namespace Vendor
            {
                public class SelfAttention : Module<Tensor, Tensor>
                {
                    public SelfAttention() : base("SelfAttention") { }
                    public override Tensor forward(Tensor hidden) => hidden.alias();
                }

                public class DiT : Module<Tensor, Tensor>
                {
                    public SelfAttention attn = new SelfAttention();
                    public DiT() : base("DiT") => RegisterComponents();
                    public override Tensor forward(Tensor hidden) => attn.forward(hidden);
                }
            }
            """);
        var project = Generation.Compile($$"""
            [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(FastAttention), Owner = typeof(Vendor.DiT), Field = "attn")]

            internal sealed partial class FastAttention : Vendor.SelfAttention
            {
                [AttentionSite("fast", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
                public override partial Tensor forward(Tensor hidden);

            {{Sources.Projections}}
            }
            """).AddReferences(vendor.Reference);

        Generation.Of(project).CompilerComplaints.ShouldBeEmpty();
        Analysis.Of(project, Plan("attn.fast")).Diagnostics.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("builder.AddProcessor<Own>(\"other\")", "other", true)]
    [InlineData("builder.AddProcessor<Own>(Id)", "other", true)]
    [InlineData("builder.AddProcessor<Own>(Id)", "another", false)]
    [InlineData("builder.AddProcessor(\"other\", services => new Own())", "mine+other", true)]
    [InlineData("builder.AddProcessor<Own>(id)", "whatever", true)]
    [InlineData("builder.AddProcessor<Own>(id)", "No Id", false)]
    [InlineData("builder", "mine+asc", true)]
    [InlineData("builder", "asc+mine", true)]
    [InlineData("builder", "mine+full", false)]
    [InlineData("builder", "", false)]
    [InlineData("builder", "mine+", false)]
    public void Strategies_are_those_that_code_registers(string registration, string id, bool isKnown)
    {
        var project = Generation.Compile(PlanSources.Model, PlanSources.Strategies, $$"""
            namespace Demo;

            public sealed class Own : IAttentionDecorator
            {
                public IAttentionProcessor Around(IAttentionProcessor inner) => inner;
            }

            public static class Startup
            {
                public const string Id = "other";
                public static DiTFastAttn.Hosting.DiTFastAttnBuilder Configure(DiTFastAttn.Hosting.DiTFastAttnBuilder builder, string id) => {{registration}};
            }
            """);
        var plan = PlanSources.Plan.Replace("\"mine\"", $"\"{id}\"", StringComparison.Ordinal);

        Analysis.Of(project, Analysis.Plan(plan)).Ids.ShouldBe(isKnown ? [] : ["DFA0088"], $"{registration}: {id}");
    }

    [Fact]
    public void A_large_plan_takes_little_time()
    {
        var sites = string.Join(",\n", Enumerable.Range(0, 200).Select(i => $$"""    { "name": "blocks.{{i}}.attn", "heads": 2, "headWidth": 4 }"""));
        var row = "[" + string.Join(", ", Enumerable.Repeat("\"full\"", 201)) + "]";
        var plan = $$"""
            { "format": "ditfastattn-plan/1", "model": "DiT", "sites": [
            {{sites}},
            { "name": "last.attn", "heads": 2, "headWidth": 4 } ],
            "steps": 1000, "guidance": "none", "origin": { "method": "hand" }, "rows": [ {{string.Join(",\n", Enumerable.Repeat(row, 1000))}} ] }
            """;
        var watch = System.Diagnostics.Stopwatch.StartNew();

        Analysis.Of(Generation.Compile(PlanSources.Model, PlanSources.Strategies), Analysis.Plan(plan)).Diagnostics.ShouldBeEmpty();

        // 1 s where nothing else runs, most of it the compilation.
        watch.Elapsed.TotalSeconds.ShouldBeLessThan(60);
    }

    private static List<string> Messages(string what, string members, string names, string baseClass)
    {
        var project = Generation.Compile($$"""
            using TorchSharp.Modules;

            namespace Demo;

            public sealed class DiT : {{baseClass}}
            {
                {{members}}

                public DiT() : base({{(baseClass == "Around" ? "" : "\"DiT\"")}}) => RegisterComponents();
                public override Tensor forward(Tensor input) => input.alias();
            }

            public class Around : Module<Tensor, Tensor>
            {
                private readonly SelfAttention inherited = new();
                public Around() : base("DiT") => RegisterComponents();
                public override Tensor forward(Tensor input) => inherited.forward(input);
            }

            public sealed class More : Around
            {
                private readonly SelfAttention own = new();
                public override Tensor forward(Tensor input) => own.forward(input);
            }

            public sealed class Level : Module<Tensor, Tensor>
            {
                private readonly ModuleList<SelfAttention> blocks = new();
                public Level() : base("Level") => RegisterComponents();
                public override Tensor forward(Tensor input) => blocks[0].forward(input);
            }

            public sealed class Holder<T> : Module<Tensor, Tensor>
                where T : Module
            {
                private readonly T held = null!;
                public Holder() : base("Holder") => RegisterComponents();
                public override Tensor forward(Tensor input) => held is null ? input : input.alias();
            }

            public interface IAttention;

            public abstract class ByHand() : Module<Tensor, Tensor>("ByHand"), IAttentionSiteHost
            {
                public bool SitesConnected => false;
                public IReadOnlyList<AttentionSite> CreateSites() => [];
                public void ConnectSites(IReadOnlyList<AttentionSite>? sites) { }
            }

            public sealed class ByHandItself : ByHand
            {
                public override Tensor forward(Tensor input) => input.alias();
            }

            """.Replace("namespace Demo;", "using System.Collections.Generic;\n\nnamespace Demo;", StringComparison.Ordinal) + Attention);
        project.GetDiagnostics().Where(d => d.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error).Select(d => d.Id).Distinct().ShouldBeSubsetOf(["CS8795"], what);
        return [.. Analysis.Of(project, Plan(names.Split(' '))).Messages.Select(message => message)];
    }

    private static Microsoft.CodeAnalysis.AdditionalText Plan(params string[] sites)
    {
        var text = new StringBuilder("""{ "format": "ditfastattn-plan/1", "model": "DiT", "steps": 1, "guidance": "none", "origin": { "method": "hand" }, "sites": [ """);
        text.AppendJoin(", ", sites.Select(site => $$"""{ "name": "{{site}}", "heads": 0, "headWidth": 0 }"""));
        text.Append(" ], \"rows\": [ [ ").AppendJoin(", ", sites.Select(_ => "\"full\"")).Append(" ] ] }");
        return Analysis.Plan(text.ToString());
    }
}
