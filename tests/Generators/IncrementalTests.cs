using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Tests;

/// <summary>
/// Why each step of the pipeline ran after an edit: nothing is written again unless the edit matters to it, and what
/// matters is written again.
/// </summary>
public sealed class IncrementalTests
{
    private const string Sources = "Sites.Sources";
    private const string Hosts = "Sites.Hosts";
    private const string Diagnostics = "Sites.Diagnostics";

    private const string First = """
        namespace Demo;

        public sealed partial class First() : Module<Tensor, Tensor>("First")
        {
            private readonly int _heads = 4;

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads))]
            public override partial Tensor forward(Tensor input);

            private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

            private Tensor ProjectOut(Tensor attended) => attended.alias();
        }
        """;

    private static readonly string Second = First.Replace("First", "Second", StringComparison.Ordinal);

    private static readonly string Broken = First
        .Replace("First", "Broken", StringComparison.Ordinal)
        .Replace("nameof(ProjectOut)", "\"Nobody\"", StringComparison.Ordinal);

    [Theory]
    [InlineData("a new file", 3, null, "namespace Other; public class C { int F() => 1; }")]
    [InlineData("a comment above", 0, "namespace Demo;", "namespace Demo; // shifts nothing\n\n// shifts everything\n")]
    [InlineData("another method's body", 0, "=> attended.alias()", "=> attended + 0")]
    [InlineData("a new member", 0, "private readonly int _heads = 4;", "private readonly int _heads = 4; public int More => 1;")]
    [InlineData("the attribute's layout", 0, "[AttentionSite(\"attn\", ", "[AttentionSite(\n    \"attn\",\n    ")]
    public void Edit_that_does_not_matter_writes_nothing(string what, int file, string? old, string replacement)
    {
        var after = Reasons([First, Second, Broken], file, old, replacement);

        after.ShouldContainKey(Sources, what);
        Distinct(after[Sources]).ShouldBeSubsetOf([IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged], what);
        Distinct(after[Hosts]).ShouldBeSubsetOf([IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged], what);
        Distinct(after[Diagnostics]).ShouldBeSubsetOf([IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged], what);
        after[Output].ShouldAllBe(reason => reason == IncrementalStepRunReason.Cached, what);
    }

    [Theory]
    [InlineData("the site's name", "\"attn\"", "\"self\"")]
    [InlineData("the method's accessibility", "public override partial", "public sealed override partial")]
    [InlineData("the parameter's name", "forward(Tensor input)", "forward(Tensor hidden)")]
    [InlineData("whether a named member is static", "private Tensor ProjectOut", "private static Tensor ProjectOut")]
    [InlineData("the class's name", "class First()", "class Primary()")]
    public void Edit_that_matters_writes_its_own_class_again(string what, string old, string replacement)
    {
        var after = Reasons([First, Second, Broken], 0, old, replacement);

        // One of three classes; the others stay as they were.
        after[Hosts].Count(IsRerun).ShouldBe(1, what);
        after[Sources].Count(IsRerun).ShouldBe(1, what);
        after[Output].Count(IsRerun).ShouldBe(1, what);
        after[Diagnostics].ShouldAllBe(reason => !IsRerun(reason), what);
    }

    [Fact]
    public void Lines_above_a_faulty_site_move_its_diagnostic_and_write_nothing()
    {
        var after = Reasons([First, Second, Broken], 2, "namespace Demo;", "// one line more\nnamespace Demo;");

        after[Diagnostics].Count(IsRerun).ShouldBe(1);
        after[Sources].ShouldAllBe(reason => !IsRerun(reason));
    }

    [Fact]
    public void Mending_a_faulty_site_takes_its_diagnostic_away()
    {
        var after = Reasons([First, Second, Broken], 2, "\"Nobody\"", "nameof(ProjectOut)");

        after[Diagnostics].ShouldBe([IncrementalStepRunReason.Removed]);
        after[Sources].Count(IsRerun).ShouldBe(1);
    }

    [Fact]
    public void Change_of_a_member_in_another_file_reaches_the_class()
    {
        var (one, other) = (
            First.Replace("private readonly int _heads = 4;", "", StringComparison.Ordinal),
            "namespace Demo; partial class First { private readonly int _heads = 4; }");

        var after = Reasons([one, Second, other], 2, "readonly int", "readonly string");

        after[Diagnostics].ShouldBe([IncrementalStepRunReason.New]);
        after[Sources].Count(IsRerun).ShouldBe(1);
    }

    internal const string Output = "SourceOutput";

    /// <summary>Runs the generator before and after an edit of one file.</summary>
    /// <returns>Why the steps of the second run ran, by the step's name.</returns>
    internal static Dictionary<string, List<IncrementalStepRunReason>> Reasons(
        string[] files, int file, string? old, string replacement, params MetadataReference[] references)
    {
        CSharpCompilation before = Generation.Compile(files).AddReferences(references), after;
        if (old is null)
        {
            after = before.AddSyntaxTrees(Generation.Parse(replacement, $"File{file}.cs"));
        }
        else
        {
            files[file].ShouldContain(old);
            var tree = before.SyntaxTrees.Single(t => t.FilePath == $"File{file}.cs");
            after = before.ReplaceSyntaxTree(tree, Generation.Parse(files[file].Replace(old, replacement, StringComparison.Ordinal), tree.FilePath));
        }

        var result = new GenerationResult(Generation.Driver().RunGenerators(before).RunGenerators(after).GetRunResult());
        var reasons = result.TrackedSteps.ToDictionary(
            step => step.Key,
            step => step.Value.SelectMany(run => run.Outputs).Select(output => output.Reason).ToList(),
            StringComparer.Ordinal);
        reasons[Output] = [.. result.TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(run => run.Outputs).Select(output => output.Reason)];
        return reasons;
    }

    internal static bool IsRerun(IncrementalStepRunReason reason)
        => reason is IncrementalStepRunReason.New or IncrementalStepRunReason.Modified;

    private static IEnumerable<IncrementalStepRunReason> Distinct(IEnumerable<IncrementalStepRunReason> reasons) => reasons.Distinct();
}
