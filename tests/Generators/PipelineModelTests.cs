using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Tests;

/// <summary>What the pipeline keeps from one key stroke to the next holds nothing of a compilation.</summary>
public sealed class PipelineModelTests
{
    private static readonly string Source = """
        [assembly: WrapAttention(typeof(Demo.SelfAttention), typeof(Demo.Adapter), Owner = typeof(Demo.SelfAttention), Field = "_heads")]


        """ + Sources.Module("""
            private readonly int _heads = 4;

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads))]
            private partial Tensor Attend(Tensor hidden);

            [AttentionSite("broken", Project = "Nobody", Output = nameof(ProjectOut))]
            private partial Tensor AttendToText(Tensor hidden);
        """) + """


        internal sealed partial class Adapter : Module<Tensor, Tensor>
        {
            [OriginalMember]
            private partial int _heads { get; }

            [OriginalMember(Submodule = "attn")]
            private partial Module<Tensor, Tensor> Attention { get; }
        }

        [AttentionProcessor("_heads")]
        public sealed class Broken
        {
            public static object Start(object services) => services.AddDiTFastAttn();
        }

        [AttentionProcessor("mine")]
        public sealed class Mine : IAttentionDecorator
        {
            public IAttentionProcessor Around(IAttentionProcessor inner) => inner;
        }

        [AttentionProcessor("mine")]
        public sealed class Other : IAttentionDecorator
        {
            public IAttentionProcessor Around(IAttentionProcessor inner) => inner;
        }
        """;

    private static readonly string[] Steps =
    [
        "Sites.Parse", "Sites.Hosts", "Sites.Layout", "Sites.Sources", "Sites.Diagnostics",
        "Processors.Parse", "Processors.Registrations", "Processors.Sources", "Processors.Diagnostics", "Processors.DuplicateIds",
        "Processors.Calls", "Processors.Unregistered",
        "Adapters.Parse", "Adapters.Models", "Adapters.CaseTwins", "Adapters.Sources", "Adapters.Diagnostics",
    ];

    [Fact]
    public void Models_hold_no_part_of_a_compilation()
    {
        var steps = Generation.Of(Source).Result.TrackedSteps;

        steps.Keys.Where(name => name.StartsWith("Sites.", StringComparison.Ordinal) || name.StartsWith("Processors.", StringComparison.Ordinal) || name.StartsWith("Adapters.", StringComparison.Ordinal))
            .ShouldBe(Steps, ignoreOrder: true);
        foreach (var name in Steps)
        {
            var values = steps[name].SelectMany(run => run.Outputs).Select(output => output.Value).ToList();
            values.ShouldNotBeEmpty(name);
            values.SelectMany(ObjectGraph.Walk).Where(found => IsOfACompilation(found.Found)).Select(found => found.Way).ShouldBeEmpty(name);
        }
    }

    [Fact]
    public void Walk_finds_parts_of_a_compilation_wherever_they_hide()
    {
        var compilation = Generation.Compile(Source);
        var tree = compilation.SyntaxTrees[1];
        object[] hidden =
        [
            compilation,
            compilation.GlobalNamespace,
            tree,
            tree.GetRoot(),
            tree.GetRoot().GetLocation(),
            tree.GetReference(tree.GetRoot()),
            compilation.GetSemanticModel(tree),
        ];

        foreach (var part in hidden)
        {
            ObjectGraph.Walk(new { Deep = new List<object?> { null, Tuple.Create("text", part) } })
                .ShouldContain(found => IsOfACompilation(found.Found), part.GetType().Name);
        }
    }

    [Fact]
    public void Models_of_the_same_source_are_equal_and_of_another_are_not()
    {
        var (one, same, other) = (Models(Source), Models(Source), Models(Source.Replace("_heads", "_many", StringComparison.Ordinal)));

        one.Count.ShouldBeGreaterThanOrEqualTo(Steps.Length);
        same.ShouldBe(one);
        same.Select(model => model.GetHashCode()).ShouldBe(one.Select(model => model.GetHashCode()));
        other.ShouldNotBe(one);
    }

    private static List<object> Models(string source)
        => [.. Generation.Of(source).Result.TrackedSteps
            .Where(step => Steps.Contains(step.Key))
            .OrderBy(step => step.Key, StringComparer.Ordinal)
            .SelectMany(step => step.Value)
            .SelectMany(run => run.Outputs)
            .Select(output => output.Value)];

    private static bool IsOfACompilation(object value)
        => value is Compilation or ISymbol or SyntaxNode or SyntaxTree or SyntaxReference or SemanticModel or Location or AttributeData
            or CSharpSyntaxNode;
}
