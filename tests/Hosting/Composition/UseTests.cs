using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Processors;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests.Composition;

/// <summary>What is used stands around every strategy, in order, and costs nothing where nothing is used.</summary>
public sealed class UseTests
{
    [Fact]
    public void What_was_used_first_stands_outermost()
    {
        var log = new List<string>();
        using var services = Run.Services(builder => builder
            .Use(inner => new Noting("outer", inner, log))
            .Use((inner, provider) => new Noting(provider.GetRequiredService<string>(), inner, log))
            .Use((id, inner, _) => new Noting(id, inner, log)), more => more.AddSingleton("middle"));

        Run.Generate(services, "full", "wars+asc");

        log.ShouldBe(
        [
            "outer", "middle", "full", "outer", "middle", "full", // two sites
            "outer", "middle", "wars+asc", "outer", "middle", "wars+asc",
        ]);
    }

    [Fact]
    public void It_is_put_around_once_for_each_strategy_however_many_runs_there_are()
    {
        var made = new List<string>();
        using var services = Run.Services(builder => builder.Use((id, inner, _) =>
        {
            made.Add(id);
            return inner;
        }));

        made.ShouldBeEmpty("nothing is made before a run needs it");
        Run.Generate(services, "full", "wars", "wars", "ast");
        Run.Generate(services, "full", "asc", "wars", "ast");

        made.ShouldBe(["full", "wars", "ast", "asc"]);
        var catalog = services.GetRequiredService<IProcessorCatalog>();
        catalog.GetProcessor("wars").ShouldBeSameAs(catalog.GetProcessor("wars"));
    }

    [Fact]
    public async Task Many_threads_get_the_same_object()
    {
        using var services = Run.Services(builder => builder.Use(inner => new Noting("", inner, [])));
        var catalog = services.GetRequiredService<IProcessorCatalog>();

        var found = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => catalog.GetProcessor("wars+asc"))));

        found.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public void Without_it_the_strategies_themselves_are_bound()
    {
        using var services = Run.Services(_ => { });

        services.GetRequiredService<IProcessorCatalog>().ShouldBeOfType<ProcessorCatalog>();
        services.GetRequiredService<IProcessorCatalog>().GetProcessor("full").ShouldBeOfType<FullAttention>();
    }

    [Fact]
    public void A_strategy_that_is_returned_as_it_is_stays_as_it_is()
    {
        using var services = Run.Services(builder => builder.Use((id, inner, _) => id == "full" ? new Noting("", inner, []) : inner));
        var catalog = services.GetRequiredService<IProcessorCatalog>();

        catalog.GetProcessor("ast").ShouldBeOfType<AttentionSharingAcrossTimesteps>();
        catalog.GetProcessor("full").ShouldBeOfType<Noting>();
    }

    [Fact]
    public void Traits_and_cost_pass_through()
    {
        using var plain = Run.Services(_ => { });
        using var services = Run.Services(builder => builder.Use(inner => new Noting("", inner, [])).UseTiming().UseNaNCheck());
        var (inside, outside) = (plain.GetRequiredService<IProcessorCatalog>(), services.GetRequiredService<IProcessorCatalog>());
        var shape = new SiteShape(2, 64, 2, 8, 5);

        outside.Ids.ShouldBe(inside.Ids);
        foreach (var id in Run.EveryStrategy)
        {
            outside.GetProcessor(id).Traits.ShouldBe(inside.GetProcessor(id).Traits, id);
            outside.GetProcessor(id).Cost(shape).ShouldBe(inside.GetProcessor(id).Cost(shape), id);
        }

        string[][] rows = [.. Run.EveryStrategy.Select(id => new[] { id })];
        PlanCost.Of(rows, outside, _ => shape).ShouldBe(PlanCost.Of(rows, inside, _ => shape));
        PlanLiveness.Kept(rows, outside).Select(row => row[0]).ShouldBe(PlanLiveness.Kept(rows, inside).Select(row => row[0]));
    }

    [Fact]
    public void What_it_declares_counts_for_plans()
    {
        using var services = Run.Services(builder => builder.Use((id, inner, _) => id == "wa" ? new NeedingGuidance(inner) : inner));
        using var model = new ToyModel();
        using var attached = services.GetRequiredService<IFastAttention>().Attach(model);

        Should.Throw<PlanMismatchException>(() => attached.Check(AttentionPlan.OfSteps(attached, Guidance.None, ["full", "wa"]), new RunRequest(2, Guidance.None)))
            .Message.ShouldStartWith("guidance: step 1");
    }

    [Fact]
    public void The_search_goes_through_it()
    {
        var log = new List<string>();
        using var services = Run.Services(builder => builder.Use((id, inner, _) => new Noting(id, inner, log)));
        manual_seed(1);
        using var model = new ToyModel();
        using var attached = services.GetRequiredService<IFastAttention>().Attach(model);
        using var start = randn(1, 12, 16);
        using var trajectory = new ToyTrajectory(model, start, 2, Guidance.None);

        GreedyPlanSearch.Search(attached, trajectory, new GreedySearchOptions { Threshold = 1e9, Candidates = ["ast"] })
            .Plan.Rows[1].ShouldBe(["ast", "ast"]);

        log.Count(id => id == "ast").ShouldBe(2, "tried at both sites, and not computed again where the trial is taken");
    }

    [Fact]
    public void Every_layer_at_a_time_changes_no_bit_of_any_strategy()
    {
        using var plain = Run.Services(_ => { });
        using var recording = new Hosting.Composition.AttentionRecording();
        using var services = Run.Services(
            builder => builder.UseTiming().UseLogging().UseNaNCheck().UseRecording(recording).Use(inner => new Noting("", inner, [])),
            more => more.AddSingleton<Microsoft.Extensions.Logging.ILoggerFactory>(new ListLogger()));

        Run.Generate(services, Run.EveryStrategy).ShouldBe(Run.Generate(plain, Run.EveryStrategy));
        recording.Calls.Count.ShouldBe(2 * Run.EveryStrategy.Length);
    }

    [Fact]
    public void Null_is_refused_in_one_line()
    {
        var builder = new ServiceCollection().AddDiTFastAttn();
        Should.Throw<ArgumentNullException>(() => builder.Use((Func<IAttentionProcessor, IAttentionProcessor>)null!));
        Should.Throw<ArgumentNullException>(() => new Noting("", null!, []));
        using var services = Run.Services(b => b.Use(_ => null!));

        Should.Throw<InvalidOperationException>(() => Run.Generate(services, "full"))
            .Message.ShouldBe("strategy 'full': a function given to Use returned null; return the strategy itself to leave it as it is.");
    }

    private sealed class Noting(string name, IAttentionProcessor inner, List<string> log) : DelegatingAttentionProcessor(inner)
    {
        public override Tensor Attend(in AttentionCall call)
        {
            log.Add(name);
            return base.Attend(call);
        }
    }

    private sealed class NeedingGuidance(IAttentionProcessor inner) : DelegatingAttentionProcessor(inner)
    {
        public override ProcessorTraits Traits => Inner.Traits with { NeedsGuidance = true };
    }
}
