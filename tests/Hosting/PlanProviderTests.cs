using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using Microsoft.Extensions.DependencyInjection;

namespace DiTFastAttn.Hosting.Tests;

public sealed class PlanProviderTests
{
    [Fact]
    public void A_periodic_plan_serves_runs_of_any_number_of_steps()
    {
        using var model = new ToyModel();
        using var services = new ServiceCollection().AddDiTFastAttn().UsePeriodicPlan("wars", 3).Services.BuildServiceProvider();
        using var attached = services.GetRequiredService<IFastAttention>().Attach(model);

        foreach (var steps in new[] { 1, 5, 7 })
        {
            using var run = attached.BeginRun(steps, Guidance.None);
            run.Plan.Rows.Select(row => row[1]).ShouldBe(new[] { "full", "wars", "wars", "full", "wars", "wars", "full" }.Take(steps));
        }
    }

    [Fact]
    public void A_periodic_plan_of_what_is_unknown_or_needs_guidance_is_refused_when_a_run_begins()
    {
        using var model = new ToyModel();
        using var attached = AttachedModel.Attach(
            model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper, PeriodicPlanProvider.Parse("periodic:asc/2"));

        Should.Throw<PlanMismatchException>(() => attached.BeginRun(4, Guidance.None)).Message.ShouldContain("asc");
        Should.Throw<PlanMismatchException>(
            () => PeriodicPlanProvider.Parse("periodic:wrs/2").GetPlan(new PlanRequest(attached, new RunRequest(4, Guidance.None)))).Message.ShouldContain("'wrs'");
    }

    [Fact]
    public void Periodic_plans_are_read_from_text()
    {
        var provider = PeriodicPlanProvider.Parse("periodic:wars+asc/4");

        (provider.Strategy, provider.Period).ShouldBe(("wars+asc", 4));
    }

    [Theory]
    [InlineData("periodic:wars")]
    [InlineData("periodic:wars/1")]
    [InlineData("periodic:wars/x")]
    [InlineData("periodic:wars/-2")]
    [InlineData("periodic:/2")]
    [InlineData("periodic:wars/2/3")]
    [InlineData("wars/2")]
    public void Other_texts_are_refused_with_what_would_be_right(string text)
        => Should.Throw<FormatException>(() => PeriodicPlanProvider.Parse(text)).Message.ShouldContain("periodic:wars/3");

    [Fact]
    public void Retargeting_takes_the_nearest_noise_level_and_skips_no_refresh()
    {
        using var model = new ToyModel();
        using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        var plan = AttentionPlan.OfSteps(attached, Guidance.None, ["full", "wars", "ast", "full", "wars", "wars"]) with { Scheduler = "ddim" };

        var longer = PlanRetargeting.ByNoiseLevel(plan, [999, 800, 600, 400, 200, 0], [999, 850, 700, 650, 500, 350, 100, 0], "ddim");
        var shorter = PlanRetargeting.ByNoiseLevel(plan, [999, 800, 600, 400, 200, 0], [999, 600, 200], "ddim");

        longer.Rows.Select(row => row[0]).ShouldBe(["full", "wars", "wars", "ast", "ast", "full", "wars", "wars"]);
        shorter.Rows.Select(row => row[0]).ShouldBe(["full", "ast", "full"], "the refresh at level 400 was passed over");
        shorter.Origin.Method.ShouldBe("retargeted");
        shorter.Origin.Note.ShouldNotBeNull().ShouldContain("unmeasured");
        attached.Check(longer, new RunRequest(8, Guidance.None));
        attached.Check(shorter, new RunRequest(3, Guidance.None));
    }
}
