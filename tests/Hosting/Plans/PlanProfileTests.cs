using DiTFastAttn.Hosting.Plans;
using Microsoft.Extensions.DependencyInjection;

namespace DiTFastAttn.Hosting.Tests.Plans;

/// <summary>A run picks its plan by a profile's name.</summary>
public sealed class PlanProfileTests : IDisposable
{
    private readonly ToyModel _model = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("profiles").FullName;

    [Fact]
    public void Each_profile_has_its_own_choice_and_runs_without_one_have_theirs()
    {
        var path = Path.Combine(_folder, "balanced.plan.json");
        using var services = Services(builder => builder
            .AddPlanProfile("fast", profile => profile.UsePlan(Plan("full", "ast", "ast")))
            .AddPlanProfile("balanced", profile => profile.UsePlanFile(path))
            .AddPlanProfile("exact", profile => profile.UseFullAttention())
            .AddPlanProfile("own", profile => profile.UsePlanProvider(provider => new OwnProvider(provider.GetRequiredService<string>())))
            .UsePlan(Plan("full", "wa", "wa")), "asc");
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);
        PlanFile.Save(Plan("full", "wars", "wars"), path);

        PlannedBy(attached, "fast").ShouldBe("ast");
        PlannedBy(attached, "balanced").ShouldBe("wars");
        PlannedBy(attached, "exact").ShouldBe("full");
        PlannedBy(attached, "own").ShouldBe("asc");
        PlannedBy(attached, null).ShouldBe("wa");
    }

    [Fact]
    public void An_unknown_profile_is_refused_with_the_known_ones()
    {
        using var services = Services(builder => builder
            .AddPlanProfile("fast", profile => profile.UseFullAttention())
            .AddPlanProfile("exact", profile => profile.UseFullAttention()));
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);

        Should.Throw<PlanMismatchException>(() => PlannedBy(attached, "Fast")).Message.ShouldBe("profile: the run asks for 'Fast'; known are 'fast', 'exact'.");
        Should.Throw<PlanMismatchException>(() => PlannedBy(attached, null))
            .Message.ShouldBe("profile: the run asks for none, and no plan was chosen for such runs; known are 'fast', 'exact'.");
    }

    [Theory]
    [InlineData("fixed")]
    [InlineData("file")]
    [InlineData("full")]
    [InlineData("periodic")]
    [InlineData("searched")]
    public void A_profile_is_not_overlooked_where_there_are_none(string choice)
    {
        using var services = Services(builder => _ = choice switch
        {
            "fixed" => builder.UsePlan(Plan("full")),
            "file" => builder.UsePlanFile("nowhere.plan.json"),
            "full" => builder.UseFullAttention(),
            "periodic" => builder.UsePeriodicPlan("wars", period: 2),
            _ => builder.UseSearchedPlan(threshold: 0.1, _ => throw new InvalidOperationException("never asked")),
        });
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);

        Should.Throw<PlanMismatchException>(() => PlannedBy(attached, "fast"))
            .Message.ShouldBe("profile: the run asks for 'fast', and no profile is known: add it with .AddPlanProfile(\"fast\", …), or leave RunRequest.Profile out.");
    }

    [Fact]
    public void A_provider_of_ones_own_may_know_profiles_itself()
    {
        using var services = Services(builder => builder.UsePlanProvider(new OwnProvider("wa")));
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);

        PlannedBy(attached, "ast").ShouldBe("ast");
        PlannedBy(attached, null).ShouldBe("wa");
    }

    [Fact]
    public void A_run_with_a_plan_of_its_own_asks_nobody()
    {
        using var services = Services(builder => builder.AddPlanProfile("fast", profile => profile.UseFullAttention()));
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);

        using var run = attached.BeginRun(Plan("full", "ast", "wa"), Request("unheard of"));

        run.Plan.Rows[2][0].ShouldBe("wa");
    }

    [Fact]
    public void A_profiles_provider_is_made_at_its_first_need_and_once()
    {
        var made = 0;
        using var services = Services(builder => builder
            .AddPlanProfile("own", profile => profile.UsePlanProvider(_ =>
            {
                made++;
                return new OwnProvider("ast");
            }))
            .UseFullAttention());
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);
        PlannedBy(attached, null);
        made.ShouldBe(0);

        PlannedBy(attached, "own");
        PlannedBy(attached, "own");

        made.ShouldBe(1);
    }

    [Fact]
    public void Profiles_that_say_nothing_or_twice_the_same_name_are_refused()
    {
        var builder = new ServiceCollection().AddDiTFastAttn().AddPlanProfile("fast", profile => profile.UseFullAttention());

        Should.Throw<ArgumentException>(() => builder.AddPlanProfile("fast", profile => profile.UseFullAttention()))
            .Message.ShouldStartWith("plan profile 'fast' is there already: choose another name.");
        Should.Throw<ArgumentException>(() => builder.AddPlanProfile("exact", _ => { })).Message.ShouldStartWith("plan profile 'exact' chooses no plan:");
        Should.Throw<ArgumentException>(() => builder.AddPlanProfile(" ", profile => profile.UseFullAttention())).ParamName.ShouldBe("name");
        Should.Throw<ArgumentNullException>(() => builder.UsePlan(null!)).ParamName.ShouldBe("plan");
    }

    [Fact]
    public void The_last_choice_counts()
    {
        using var services = Services(builder => builder.UsePlanFile("nowhere.plan.json").UsePlan(Plan("full", "wa", "wa")).UseFullAttention());
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);

        PlannedBy(attached, null).ShouldBe("full");
    }

    [Fact]
    public void Preparing_a_plan_checks_it()
    {
        using var services = Services(builder => builder.UsePlan(Plan("full", "ast")));
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);

        Should.Throw<PlanMismatchException>(() => attached.PreparePlan(Request(null))).Message.ShouldBe("steps: the plan has 2, the run 3.");
        attached.PreparePlan(new RunRequest(2, Guidance.ConditionalFirst)).Steps.ShouldBe(2);
    }

    [Fact]
    public void A_provider_that_returns_null_is_named()
    {
        using var services = Services(builder => builder.UsePlanProvider(new NullProvider()));
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);

        Should.Throw<InvalidOperationException>(() => PlannedBy(attached, null)).Message.ShouldBe("the plan provider NullProvider returned null: a plan is wanted.");
    }

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static RunRequest Request(string? profile) => new(3, Guidance.ConditionalFirst) { Profile = profile };

    private static string PlannedBy(AttachedModel attached, string? profile)
    {
        using var run = attached.BeginRun(Request(profile));
        return run.Plan.Rows[2][0];
    }

    private static ServiceProvider Services(Action<DiTFastAttnBuilder> choose, string service = "")
    {
        var builder = new ServiceCollection().AddSingleton(service).AddDiTFastAttn();
        choose(builder);
        return builder.Services.BuildServiceProvider();
    }

    private AttentionPlan Plan(params string[] steps)
    {
        using var services = new ServiceCollection().AddDiTFastAttn().Services.BuildServiceProvider();
        using var model = new ToyModel();
        using var attached = services.GetRequiredService<IFastAttention>().Attach(model);
        return AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, steps);
    }

    private sealed class OwnProvider(string usual) : IPlanProvider
    {
        public AttentionPlan GetPlan(PlanRequest request)
            => AttentionPlan.OfSteps(request.Model, request.Run.Guidance, ["full", .. Enumerable.Repeat(request.Run.Profile ?? usual, request.Run.Steps - 1)]);
    }

    private sealed class NullProvider : IPlanProvider
    {
        public AttentionPlan GetPlan(PlanRequest request) => null!;
    }
}
