using System.Text.Json.Nodes;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Plans;

public sealed class PlanVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Check_says_every_mismatch_and_exits_with_1()
    {
        var plan = _folder.Write("a.plan.json", SomePlan.Text);
        var json = _folder["result.json"];

        var result = Ditfast.Run("plan", "check", plan, "--model", "demo", "--n-steps", "7", "--guidance", "none", "--json", json);

        result.Status.ShouldBe(ExitStatus.CheckFailed);
        result.Output.ShouldContain("model.sites: the plan has 2 sites");
        result.Output.ShouldContain("steps: the plan has 4, the run 7.");
        result.Output.ShouldContain("guidance: the plan was made for ConditionalFirst");
        JsonNode.Parse(File.ReadAllText(json))!["mismatches"]!.AsArray().Count.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void Check_accepts_what_fits()
    {
        var result = Ditfast.Run("plan", "check", "periodic:wars/3", "--n-steps", "20");

        result.Status.ShouldBe(ExitStatus.Done);
        result.Output.ShouldContain("fits 20 steps of ddim");
    }

    [Fact]
    public void Check_refuses_a_periodic_plan_that_cannot_be_read()
    {
        var result = Ditfast.Run("plan", "check", "periodic:wars/1");

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldContain("periodic:wars/3");
    }

    [Fact]
    public void Diff_shows_fields_and_cells_that_differ()
    {
        var a = _folder.Write("a.plan.json", SomePlan.Text);
        var b = _folder.Write("b.plan.json", SomePlan.Text.Replace("[\"asc\", \"wa\"]", "[\"asc\", \"ast\"]", StringComparison.Ordinal));

        var result = Ditfast.Run("plan", "diff", a, b);

        result.Status.ShouldBe(ExitStatus.Done);
        result.Output.ShouldContain("1 of 8 cells differ.");
        result.Output.ShouldContain("blocks.1.attn  A ..a.");
        result.Output.ShouldContain("B ..t.");
        Ditfast.Run("plan", "diff", a, a).Output.ShouldContain("0 of 8 cells differ.");
    }

    [Fact]
    public void What_no_run_can_be_is_said_in_a_line()
    {
        var rows = string.Join(", ", Enumerable.Repeat("[\"full\"]", 1001));
        var plan = _folder.Write("long.plan.json", $$"""
            {
              "format": "ditfastattn-plan/1", "model": "DiT", "sites": [{ "name": "blocks.0.attn", "heads": 2, "headWidth": 64 }],
              "steps": 1001, "guidance": "conditional-first", "origin": { "method": "hand" }, "rows": [{{rows}}]
            }
            """);

        Line("plan", "check", plan).ShouldBe($"ditfast: {plan}: ddim config: steps is 1001; it has to be 1 to 1000.\n");
        Line("plan", "retarget", plan, "--n-steps", "8", "--to", _folder["b.plan.json"]).ShouldBe($"ditfast: {plan}: ddim config: steps is 1001; it has to be 1 to 1000.\n");
        Line("plan", "check", "periodic:asc+asc/3").ShouldBe("ditfast: strategy 'asc+asc' cannot be: asc around asc: the conditional half has no halves of its own; name asc once.\n");

        static string Line(params string[] arguments)
        {
            var result = Ditfast.Run(arguments);
            result.Status.ShouldBe(ExitStatus.UserError, result.Log);
            return result.Log;
        }
    }

    [Fact]
    public void Retarget_writes_a_plan_for_other_steps_and_marks_it()
    {
        var plan = _folder.Write("a.plan.json", SomePlan.Text);

        var result = Ditfast.Run("plan", "retarget", plan, "--n-steps", "8", "--to", _folder["b.plan.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        var mapped = PlanFile.Load(_folder["b.plan.json"]);
        mapped.Steps.ShouldBe(8);
        mapped.Rows[0].ShouldBe(["full", "full"]);
        mapped.Origin.Note.ShouldNotBeNull().ShouldContain("unmeasured");
    }
}
