using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

public sealed class MeasuredPlanSearchTests : IDisposable
{
    private readonly ToyModel _model;
    private readonly AttachedModel _attached;
    private readonly Tensor _start;

    public MeasuredPlanSearchTests()
    {
        manual_seed(2);
        _model = new ToyModel();
        _attached = AttachedModel.Attach(_model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        _start = randn(2, 32, 16);
    }

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
        _start.Dispose();
    }

    [Fact]
    public void Periodic_plans_are_full_at_every_nth_step()
    {
        var plan = PeriodicPlans.Of(_attached, Guidance.ConditionalFirst, 7, ["wars"], [3]).ShouldHaveSingleItem();

        plan.Rows.Select(r => r.Distinct().ShouldHaveSingleItem()).ShouldBe(["full", "wars", "wars", "full", "wars", "wars", "full"]);
    }

    [Fact]
    public void Strategies_that_need_guidance_are_left_out_without_it()
        => PeriodicPlans.Of(_attached, Guidance.None, 7, ["asc", "ast", "wars+asc"], [2]).Count.ShouldBe(1);

    [Fact]
    public void Every_candidate_is_measured_against_all_full()
    {
        var plans = PeriodicPlans.Of(_attached, Guidance.ConditionalFirst, 6, ["ast"], [2, 3]);
        var full = AttentionPlan.AllFull(_attached, Guidance.ConditionalFirst, 6);

        var measured = MeasuredPlanSearch.Measure(
            _attached, () => new ToyTrajectory(_model, _start, 6, Guidance.ConditionalFirst), [.. plans, full], tokens: 32, Psnr);

        measured.Select(m => m.Plan).ShouldBe([.. plans, full]);
        measured[2].Psnr.ShouldBe(double.PositiveInfinity);
        measured[2].Cost.Fraction.ShouldBe(1);
        measured[0].Cost.Fraction.ShouldBe(3.0 / 6);
        measured[1].Cost.Fraction.ShouldBe(2.0 / 6);
        measured[0].Psnr.ShouldBeGreaterThan(measured[1].Psnr);
        measured[0].WorstPsnr.ShouldBeLessThan(measured[0].Psnr);
    }

    [Fact]
    public void The_cheapest_plan_that_keeps_the_quality_is_chosen_else_the_best()
    {
        var plan = AttentionPlan.AllFull(_attached, Guidance.None, 2);
        MeasuredPlan[] plans =
        [
            new(plan, new PlanCost(50, 0, 100), 25, 20),
            new(plan, new PlanCost(60, 0, 100), 31, 29),
            new(plan, new PlanCost(70, 0, 100), 35, 30),
        ];

        MeasuredPlanSearch.Choose(plans, 30).ShouldBe(plans[1]);
        MeasuredPlanSearch.Choose(plans, 20).ShouldBe(plans[0]);
        MeasuredPlanSearch.Choose(plans, 40).ShouldBe(plans[2]);
    }

    private static double[] Psnr(Tensor a, Tensor b) => PeakSignalToNoise.PerSample(a, b, dataRange: 1);
}
