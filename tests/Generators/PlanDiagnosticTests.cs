using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Tests;

/// <summary>A snapshot for every diagnostic of plans, and that it says what the run would.</summary>
public sealed class PlanDiagnosticTests
{
    private static readonly CSharpCompilation Project = Generation.Compile(PlanSources.Model, PlanSources.Strategies);

    private static readonly CSharpCompilation JointProject = Generation.Compile(PlanSources.JointModel);

    [Fact]
    public void A_plan_that_fits_is_left_alone()
    {
        Generation.Of(Project).CompilerComplaints.ShouldBeEmpty();
        Analysis.Of(Project, Analysis.Plan(PlanSources.Plan)).Diagnostics.ShouldBeEmpty();
    }

    [Fact]
    public void Other_files_are_left_alone()
        => Analysis.Of(Project, Analysis.Plan("{", path: "appsettings.json"), Analysis.Plan("{", path: "plan.json.txt")).Diagnostics.ShouldBeEmpty();

    [Fact]
    public void DFA0081_file_is_empty() => Verify("");

    [Fact]
    public void DFA0081_file_is_not_utf8()
        => Snapshot.Verify(Analysis.Of(Project, Analysis.Plan(PlanSources.Plan.Replace("hand", "größer", StringComparison.Ordinal), Encoding.Latin1)));

    [Fact]
    public void DFA0081_file_is_huge()
    {
        var watch = Stopwatch.StartNew();
        var analysis = Analysis.Of(Project, Analysis.Plan(new string('[', 50_000_000)));

        // By its size: what is read for it to be refused is nothing. (Parsing takes seconds, and compiling the project one.)
        watch.Elapsed.TotalSeconds.ShouldBeLessThan(60);
        Snapshot.Verify(analysis);
    }

    [Theory]
    [InlineData("truncated", "\"rows\": [", "")]
    [InlineData("comment", "\"steps\": 3,", "\"steps\": 3, // of the demo")]
    [InlineData("name_twice", "\"steps\": 3,", "\"steps\": 3, \"steps\": 3,")]
    [InlineData("comma", "\"method\": \"hand\"", "\"method\": \"hand\",")]
    public void DFA0082_text_is_not_json(string what, string right, string wrong)
    {
        var text = wrong.Length == 0 ? PlanSources.Plan[..PlanSources.Plan.IndexOf(right, StringComparison.Ordinal)] : PlanSources.Plan.Replace(right, wrong, StringComparison.Ordinal);
        Verify(text, method: $"{nameof(DFA0082_text_is_not_json)}-{what}");
    }

    [Fact]
    public void DFA0082_text_is_nested_deeply() => Verify(string.Concat(Enumerable.Repeat("{\"a\":[", 50_000)));

    [Fact]
    public void DFA0083_version_is_another() => Verify(PlanSources.Plan.Replace("ditfastattn-plan/1", "ditfastattn-plan/9", StringComparison.Ordinal));

    [Fact]
    public void DFA0083_file_is_another_format() => Verify("[]");

    [Fact]
    public void DFA0084_fields_are_missing_or_wrong() => Verify(PlanSources.Plan
        .Replace("\"guidance\": \"conditional-first\"", "\"guidance\": \"both\"", StringComparison.Ordinal)
        .Replace("\"1/8\"", "\"wide\"", StringComparison.Ordinal)
        .Replace("\"model\"", "\"modle\"", StringComparison.Ordinal)
        .Replace("\"heads\": 2, \"headWidth\": 4 },\n", "\"headWidth\": \"four\" },\n", StringComparison.Ordinal)
        .Replace("[\"full\", \"full\", \"full\"]", "[\"full\", 5, null]", StringComparison.Ordinal));

    [Fact]
    public void DFA0085_rows_do_not_agree() => Verify(PlanSources.Plan
        .Replace("\"steps\": 3", "\"steps\": 4", StringComparison.Ordinal)
        .Replace("[\"wars\", \"ast\", \"mine\"]", "[\"wars\", \"ast\"]", StringComparison.Ordinal));

    [Fact]
    public void DFA0086_model_is_unknown() => Verify(PlanSources.Plan.Replace("\"model\": \"DiT\"", "\"model\": \"DiTXL\"", StringComparison.Ordinal));

    [Fact]
    public void DFA0087_sites_are_others() => Verify(PlanSources.Plan.Replace("blocks.1.attn", "blocks.1.atn", StringComparison.Ordinal));

    [Fact]
    public void DFA0087_site_is_there_twice() => Verify(PlanSources.Plan.Replace("blocks.1.attn", "blocks.0.attn", StringComparison.Ordinal));

    [Fact]
    public void DFA0087_sites_are_in_another_order() => Verify(PlanSources.Plan
        .Replace("blocks.1.attn", "x", StringComparison.Ordinal)
        .Replace("blocks.0.attn", "blocks.1.attn", StringComparison.Ordinal)
        .Replace("\"x\"", "\"blocks.0.attn\"", StringComparison.Ordinal));

    [Fact]
    public void DFA0088_strategies_are_unknown() => Verify(PlanSources.Plan.Replace("[\"wars\", \"ast\", \"mine\"]", "[\"wras\", \"wars+ast\", \"wras\"]", StringComparison.Ordinal));

    [Fact]
    public void DFA0089_plan_cannot_be_run() => Verify(PlanSources.Plan
        .Replace("conditional-first", "none", StringComparison.Ordinal)
        .Replace("  \"window\": \"1/8\",\n", "", StringComparison.Ordinal)
        .Replace("[\"full\", \"full\", \"full\"]", "[\"full\", \"ast\", \"wa\"]", StringComparison.Ordinal));

    [Fact]
    public void DFA0088_letter_stands_for_an_unknown_strategy() => Verify(PlanSources.Plan
        .Replace("\"rows\"", "\"legend\": { \"F\": \"full\", \"x\": \"wras\" },\n  \"rows\"", StringComparison.Ordinal)
        .Replace("[\"full\", \"full\", \"full\"]", "\"FFF\"", StringComparison.Ordinal)
        .Replace("[\"wars\", \"ast\", \"mine\"]", "\"FFx\"", StringComparison.Ordinal));

    [Fact]
    public void DFA0089_nothing_wrote_what_is_read() => Verify(PlanSources.Plan.Replace("[\"full\", \"full\", \"full\"]", "[\"full\", \"wa\", \"full\"]", StringComparison.Ordinal)
        .Replace("[\"wars\", \"ast\", \"mine\"]", "[\"wars\", \"wars\", \"mine\"]", StringComparison.Ordinal));

    [Fact]
    public void DFA0089_strategy_computes_attention_at_a_sub_layer() => Snapshot.Verify(Analysis.Of(JointProject, Analysis.Plan(PlanSources.JointPlan)));

    [Fact]
    public void A_plan_has_columns_for_sub_layers_or_none()
    {
        Analysis.Of(JointProject, Analysis.Plan(PlanSources.JointPlan.Replace("\"wars\", \"wars\"", "\"wars\", \"ast\"", StringComparison.Ordinal))).Diagnostics.ShouldBeEmpty();
        Analysis.Of(JointProject, Analysis.Plan("""
            {
              "format": "ditfastattn-plan/1",
              "model": "Joint",
              "sites": [ { "name": "attn", "heads": 2, "headWidth": 4 } ],
              "steps": 2,
              "guidance": "none",
              "origin": { "method": "hand" },
              "rows": [["full"], ["ast"]]
            }
            """)).Diagnostics.ShouldBeEmpty();
    }

    [Fact]
    public void DFA0090_two_classes_have_the_id()
    {
        var kit = Generation.Of(Generation.Compile(PlanSources.Strategies).WithAssemblyName("Kit")).ToReference();

        Snapshot.Verify(Analysis.Of(Project.AddReferences(kit), Analysis.Plan(PlanSources.Plan)));
    }

    [Fact]
    public void A_file_that_is_no_text_is_a_diagnostic()
    {
        var diagnostic = Analysis.Of(Project, new NoText()).Diagnostics.ShouldHaveSingleItem();

        diagnostic.Id.ShouldBe("DFA0081");
        diagnostic.GetMessage(CultureInfo.InvariantCulture).ShouldBe("plan 'binary.plan.json': the file is no text.");
    }

    [Fact]
    public void Faults_without_number_are_cut_off()
        => Analysis.Of(Project, Analysis.Plan(PlanSources.Plan.Replace(
            "\"rows\": [", "\"rows\": [" + string.Concat(Enumerable.Repeat("1, ", 1000)), StringComparison.Ordinal))).Diagnostics.Count.ShouldBe(50);

    private static void Verify(string plan, [CallerMemberName] string method = "", [CallerFilePath] string testFile = "")
    {
        var analysis = Analysis.Of(Project, Analysis.Plan(plan));
        analysis.Ids.Distinct().ShouldBe([method[..7]]);
        Snapshot.Verify(analysis, testFile, method);
    }

    private sealed class NoText : AdditionalText
    {
        public override string Path => "folder/binary.plan.json";

        public override Microsoft.CodeAnalysis.Text.SourceText? GetText(CancellationToken cancellationToken = default) => null;
    }
}
