using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

/// <summary>A strategy that only its attribute registers takes part in everything that the built-in ones do.</summary>
public sealed class OwnStrategyTests : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly ToyModel _model;
    private readonly AttachedModel _attached;

    public OwnStrategyTests()
    {
        manual_seed(3);
        _services = new ServiceCollection()
            .Configure<NearAttention.Settings>(settings => settings.Reach = 3)
            .AddDiTFastAttn().AddDiTFastAttnHostingTestsProcessors().Services.BuildServiceProvider();
        _model = new ToyModel();
        _attached = _services.GetRequiredService<IFastAttention>().Attach(_model);
    }

    [Fact]
    public void Plans_name_it_alone_and_in_composites()
    {
        using var tokens = randn(2, 16, 16);
        var near = Attend("near");

        Attend("near").ShouldBe(near, "the same plan twice");
        near.ShouldNotBe(Attend("full"));
        near.ShouldBe(Attend("wa", AttentionWindow.Tokens(3)), "the reach came from the options");
        Attend("near+asc")[..128].ShouldBe(Attend("near+asc")[256..384], "asc around it copies the conditional half");

        float[] Attend(string id, AttentionWindow? window = null)
        {
            var plan = AttentionPlan.OfSteps(_attached, Guidance.ConditionalFirst, ["full", id], window);
            using var run = _attached.BeginRun(plan, new RunRequest(2, Guidance.ConditionalFirst));
            using var same = cat([tokens.narrow(0, 0, 1), tokens.narrow(0, 0, 1)], 0);
            using (run.Step())
            {
                _model.forward(same).Dispose();
            }

            using (run.Step())
            {
                using var output = _model.forward(same);
                return output.data<float>().ToArray();
            }
        }
    }

    [Fact]
    public void The_search_tries_it_in_its_place_and_takes_it()
    {
        using var start = randn(1, 16, 16);
        using var trajectory = new ToyTrajectory(_model, start, 4, Guidance.ConditionalFirst);

        var result = GreedyPlanSearch.Search(
            _attached, trajectory, new GreedySearchOptions { Threshold = 1e-7, Candidates = ["drift", "near", "near+asc"] });
        result.Plan.Rows.Skip(1).ShouldAllBe(row => row.All(id => id == "full"), "nothing keeps such a threshold");
        result.Trials.Take(3).Select(trial => trial.Candidate).ShouldBe(["drift", "near", "near+asc"]);

        using var again = new ToyTrajectory(_model, start, 4, Guidance.ConditionalFirst);
        result = GreedyPlanSearch.Search(_attached, again, new GreedySearchOptions { Threshold = 100, Candidates = ["near", "ast"] });
        result.Plan.Rows.Skip(1).ShouldAllBe(row => row.All(id => id == "near"));
    }

    [Fact]
    public void Without_guidance_the_search_leaves_out_what_needs_it()
    {
        using var start = randn(1, 16, 16);
        using var trajectory = new ToyTrajectory(_model, start, 2, Guidance.None);

        var result = GreedyPlanSearch.Search(_attached, trajectory, new GreedySearchOptions { Threshold = 1e-300, Candidates = ["drift", "near"] });

        result.Trials.Select(trial => trial.Candidate).Distinct().ShouldBe(["near"]);
    }

    [Fact]
    public void A_plan_costs_what_the_strategy_declares()
    {
        var plan = AttentionPlan.OfSteps(_attached, Guidance.ConditionalFirst, ["full", "near", "near+asc", "drift"]);
        var shape = new SiteShape(2, 64, 2, 8, 3);

        var cost = PlanCost.Of(plan, _attached.Processors, batch: 2, tokens: 64);

        var near = shape.Projections + shape.WindowAttention;
        cost.Total.ShouldBe(2 * (shape.Projections + shape.FullAttention + near + (near / 2)));
        cost.ResidualRefresh.ShouldBe(0);
    }

    [Fact]
    public void What_it_reads_is_kept_for_it_and_no_longer()
    {
        var kept = PlanLiveness.Kept([["near"], ["near"], ["drift"], ["drift"], ["near"]], _attached.Processors).Select(row => row[0]);

        kept.ShouldBe([SiteState.None, SiteState.Output, SiteState.None, SiteState.None, SiteState.None]);
    }

    [Theory]
    [InlineData("guidance: step 1 of site 'blocks.0.attn' is 'drift', which shares between the guidance halves, and the run has no guidance.", Guidance.None, "full", "drift")]
    [InlineData("rows: step 0 of site 'blocks.0.attn' is 'near'; step 0 is always 'full'.", Guidance.None, "near", "near")]
    [InlineData("strategy 'far' is not known; known are full, wa, wars, ast, asc, drift, near and composites a+b.", Guidance.None, "full", "far")]
    public void A_plan_that_does_not_suit_it_is_refused(string message, Guidance guidance, params string[] steps)
        => Should.Throw<PlanMismatchException>(() => _attached.Check(
            AttentionPlan.OfSteps(_attached, guidance, steps), new RunRequest(steps.Length, guidance))).Message.ShouldBe(message);

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
        _services.Dispose();
    }
}
