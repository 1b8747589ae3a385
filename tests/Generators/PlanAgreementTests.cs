using System.Text;
using DiTFastAttn.Generators.Tests.Testing;
using DiTFastAttn.Processors;
using DiTFastAttn.Tests.Testing;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Tests;

/// <summary>What the compiler says of a plan is what the program says.</summary>
public sealed class PlanAgreementTests
{
    private const string Path = "plan 'some.plan.json': ";

    private static readonly CSharpCompilation Project = Generation.Compile(PlanSources.Model, PlanSources.Strategies);

    [Fact]
    public void Damaged_plans_are_refused_in_the_same_words_and_nothing_throws()
    {
        var random = new Random(5);
        string[] pieces = ["\"", "{", "}", "[", "]", ",", ":", "null", "-1", "1e999", "\\ud800", "\0", "true", "\"\"", "99999999999999999999", " ", "//", "é", "full", "wars"];
        var (refused, read) = (0, 0);
        for (var batch = 0; batch < 40; batch++)
        {
            // Many files a compilation: making one costs more than checking a file.
            var texts = Enumerable.Range(0, 50).Select(_ => Damaged()).ToList();
            var analysis = Analysis.Of(Project, [.. texts.Select((text, i) => Analysis.Plan(text, path: $"{i}.plan.json"))]);
            analysis.Ids.ShouldNotContain("AD0001");
            for (var i = 0; i < texts.Count; i++)
            {
                var said = analysis.Diagnostics.Where(d => d.Location.GetLineSpan().Path == $"{i}.plan.json").ToList();
                try
                {
                    PlanFile.Read(texts[i]);
                    said.ShouldAllBe(d => string.CompareOrdinal(d.Id, "DFA0086") >= 0, texts[i]);
                    read++;
                }
                catch (FormatException error)
                {
                    said.Select(d => d.GetMessage(null)).ShouldContain($"plan '{i}.plan.json': {error.Message}", texts[i]);
                    refused++;
                }
            }
        }

        refused.ShouldBeGreaterThan(500);
        read.ShouldBeGreaterThan(20);

        string Damaged()
        {
            var text = new StringBuilder(PlanSources.Plan);
            if (random.Next(4) == 0)
            {
                return text.ToString(0, random.Next(text.Length));
            }

            for (var edits = random.Next(1, 4); edits > 0; edits--)
            {
                var at = random.Next(text.Length);
                text.Remove(at, Math.Min(random.Next(0, 12), text.Length - at)).Insert(at, pieces[random.Next(pieces.Length)]);
            }

            return text.ToString();
        }
    }

    [Theory]
    [InlineData("[\"full\", \"full\", \"full\"]", "[\"full\", \"ast\", \"full\"]")]
    [InlineData("[\"full\", \"full\", \"full\"]", "[\"full\", \"full\", \"wa\"]")]
    [InlineData("\"ast+mine\"", "\"asc+wars\"")]
    [InlineData("\"wars+asc\"", "\"nothing\"")]
    [InlineData("conditional-first", "none")]
    [InlineData("  \"window\": \"1/8\",\n", "")]
    public void A_plan_that_no_run_takes_is_refused_in_the_same_words(string right, string wrong)
    {
        var text = PlanSources.Plan.Replace(right, wrong, StringComparison.Ordinal);
        text.ShouldNotBe(PlanSources.Plan);
        var generation = Generation.Of(Project);
        var assembly = generation.Load();
        using var model = (TorchSharp.torch.nn.Module)Activator.CreateInstance(assembly.GetType("Demo.DiT")!)!;
        var catalog = new ProcessorCatalog();
        catalog.Add("mine", (IAttentionStrategy)Activator.CreateInstance(assembly.GetType("Demo.Mine")!)!);
        using var attached = AttachedModel.Attach(model, catalog, new TorchKernel(), AttentionWindow.Paper);
        var plan = PlanFile.Read(text);

        var said = Analysis.Of(Project, Analysis.Plan(text, path: "some.plan.json")).Messages.ToList();

        var mismatches = attached.FindMismatches(plan, new RunRequest(plan.Steps, plan.Guidance));
        mismatches.ShouldNotBeEmpty();
        said.ShouldBeSubsetOf(mismatches.Select(mismatch => Path + mismatch));
        // Some are said once for each strategy; what is said at all is the same.
        said.Select(Kind).Distinct().ShouldBe(mismatches.Select(mismatch => Kind(Path + mismatch)).Distinct(), ignoreOrder: true);

        static string Kind(string message) => string.Join(' ', message.Split(' ')[^3..]);
    }

    [Fact]
    public void Built_in_strategies_declare_what_the_compiler_knows_of_them()
    {
        var catalog = new ProcessorCatalog();

        Plans.KnownStrategies.BuiltIn.Select(strategy => strategy.Id).ShouldBe(catalog.Ids);
        foreach (var strategy in Plans.KnownStrategies.BuiltIn.Where(strategy => strategy.Traits is not null))
        {
            var traits = catalog.GetProcessor(strategy.Id).Traits;
            strategy.Traits!.Reads.ToString().ShouldBe(traits.Reads.ToString());
            strategy.Traits.Writes.ToString().ShouldBe(traits.Writes.ToString());
            (strategy.Traits.NeedsWindow, strategy.Traits.NeedsGuidance).ShouldBe((traits.NeedsWindow, traits.NeedsGuidance));
        }

        catalog.GetProcessor("wars+asc").Traits.ShouldBe(catalog.GetProcessor("wars").Traits with { NeedsGuidance = true });
    }
}
