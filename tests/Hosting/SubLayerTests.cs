using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using Microsoft.Extensions.DependencyInjection;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

/// <summary>Feed-forwards as columns of plans: only where asked for, reused or computed, and searched together with attention.</summary>
public sealed class SubLayerTests : IDisposable
{
    private const int Steps = 6;
    private const int Tokens = 32;
    private const int Width = 16;

    private static readonly SiteKind[] Joint = [SiteKind.SelfAttention, SiteKind.SubLayer];

    private readonly ToyModel _model;
    private readonly Tensor _start;

    public SubLayerTests()
    {
        manual_seed(4);
        _model = new ToyModel(depth: 3, feedForward: true);
        _start = randn(2, Tokens, Width);
    }

    public void Dispose()
    {
        _model.Dispose();
        _start.Dispose();
    }

    [Fact]
    public void Plans_have_no_columns_for_them_unless_the_model_is_attached_with_them()
    {
        using var unattached = ForwardOnce();
        using (var attached = Attach(subLayers: false))
        {
            attached.Sites.Select(site => site.Name).ShouldBe(["blocks.0.attn", "blocks.1.attn", "blocks.2.attn"]);
            using var run = attached.BeginTrialRun(Guidance.None);
            using (run.Take(["full", "full", "full"]))
            {
                using var without = ForwardOnce();
                without.allclose(unattached, 1e-5, 1e-6).ShouldBeTrue();
            }
        }

        using var with = Attach();
        with.Sites.Select(site => (site.Name, site.Kind)).ShouldBe([
            ("blocks.0.attn", SiteKind.SelfAttention), ("blocks.0.mlp", SiteKind.SubLayer), ("blocks.1.attn", SiteKind.SelfAttention),
            ("blocks.1.mlp", SiteKind.SubLayer), ("blocks.2.attn", SiteKind.SelfAttention), ("blocks.2.mlp", SiteKind.SubLayer)]);
        with.Fingerprint.Sites[1].ShouldBe(new SiteFingerprint("blocks.0.mlp", 1, Width) { SubLayer = 4 * Width * Width });
    }

    [Fact]
    public void The_option_attaches_with_them()
    {
        using var services = new ServiceCollection().AddDiTFastAttn(options => options.SubLayers = true).Services.BuildServiceProvider();
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);

        attached.Sites.Count.ShouldBe(6);
    }

    [Fact]
    public void Reused_a_feed_forward_is_not_computed_and_gives_what_it_gave()
    {
        using var attached = Attach();
        using var noGrad = no_grad();
        using var other = _start.mul(1.1);
        using var run = attached.BeginTrialRun(Guidance.None);
        using var first = Call(_start, run.Take(["full", "full", "full", "full", "full", "full"]));
        var calls = Calls();

        // The first block's feed-forward sees other tokens and says what it said of the first ones.
        using var reused = Call(other, run.Try(["full", "ast", "full", "full", "full", "full"]));
        Calls().ShouldBe([calls[0], calls[1] + 1, calls[2] + 1]);
        using var everything = Call(other, run.Try(["ast", "ast", "ast", "ast", "ast", "ast"]));
        Calls().ShouldBe([calls[0], calls[1] + 1, calls[2] + 1]);

        using var change = first.sub(_start);
        using var expected = other.add(change);
        everything.allclose(expected, 1e-5, 1e-6).ShouldBeTrue();
        reused.allclose(everything).ShouldBeFalse();
    }

    [Fact]
    public void Shared_across_guidance_half_of_the_batch_is_computed()
    {
        using var attached = Attach();
        using var noGrad = no_grad();
        using var run = attached.BeginTrialRun(Guidance.ConditionalFirst);
        using var both = cat([_start, _start.mul(0.9)], 0);
        using var output = Call(both, run.Take(["full", "asc", "full", "full", "full", "full"]));

        // By hand: the conditional half's feed-forward for both.
        using var alone = AttachedOutput(["full", "full", "full", "full", "full", "full"]);
        using var conditional = output.narrow(0, 0, 2);
        using var expected = alone.narrow(0, 0, 2);
        conditional.allclose(expected, 1e-5, 1e-6).ShouldBeTrue();
        using var rest = output.narrow(0, 2, 2);
        using var plain = alone.narrow(0, 2, 2);
        rest.allclose(plain).ShouldBeFalse();

        Tensor AttachedOutput(string[] row)
        {
            using var other = attached.BeginTrialRun(Guidance.ConditionalFirst);
            return Call(both, other.Take(row));
        }
    }

    [Theory]
    [InlineData("wars")]
    [InlineData("wa")]
    [InlineData("wars+asc")]
    public void What_computes_attention_is_refused_there(string id)
    {
        using var attached = Attach();
        var plan = AttentionPlan.AllFull(attached, Guidance.ConditionalFirst, 2) with { Window = AttentionWindow.Paper };
        string[] second = ["full", id, "full", "full", "full", "full"];
        plan = plan with { Rows = [plan.Rows[0], second] };

        Should.Throw<PlanMismatchException>(() => attached.Check(plan, new RunRequest(2, Guidance.ConditionalFirst)))
            .Message.ShouldBe($"rows: step 1 of site 'blocks.0.mlp' is '{id}', which computes attention, and the site is a sub-layer without: 'full' and 'ast' are possible there.");
        AttentionPlan.RowOf(attached, id, Joint).ShouldBe([id, "full", id, "full", id, "full"]);
        AttentionPlan.RowOf(attached, "ast", Joint).ShouldAllBe(strategy => strategy == "ast");
    }

    [Fact]
    public void A_strategy_that_says_it_serves_them_and_projects_is_told()
    {
        var catalog = new ProcessorCatalog();
        catalog.Add("projecting", new Projecting());
        using var attached = AttachedModel.Attach(_model, catalog, AttentionKernels.Default, AttentionWindow.Paper, subLayers: true);
        using var run = attached.BeginTrialRun(Guidance.None);

        Should.Throw<InvalidOperationException>(() => Call(_start, run.Take(["full", "projecting", "full", "full", "full", "full"])))
            .Message.ShouldStartWith("site 'blocks.0.mlp' is a sub-layer without attention");
    }

    [Fact]
    public void A_plan_of_them_is_written_read_and_refused_where_the_model_is_attached_without()
    {
        AttentionPlan plan;
        using (var with = Attach())
        {
            plan = PlanFile.Read(PlanFile.Write(AttentionPlan.OfSteps(with, Guidance.None, ["full", "ast"], kinds: Joint)));
            plan.Model.Sites.ShouldBe(with.Fingerprint.Sites);
            with.Check(plan, new RunRequest(2, Guidance.None));
            var other = plan with { Model = plan.Model with { Sites = [.. plan.Model.Sites.Select(site => site.SubLayer > 0 ? site with { SubLayer = 7 } : site)] } };
            Should.Throw<PlanMismatchException>(() => with.Check(other, new RunRequest(2, Guidance.None))).Message.ShouldBe("model.sites[1].subLayer: the plan has 7, the model 1024.");
        }

        using var without = Attach(subLayers: false);
        Should.Throw<PlanMismatchException>(() => without.Check(plan, new RunRequest(2, Guidance.None)))
            .Message.ShouldBe("model.sites: the plan has 6 sites, the model 'ToyModel' has 3. The plan is one of sub-layers too: attach the model with them.");
    }

    [Fact]
    public void Cost_and_memory_count_them()
    {
        using var attached = Attach();
        string[] attention = ["ast", "full", "ast", "full", "ast", "full"];
        var full = AttentionPlan.AllFull(attached, Guidance.ConditionalFirst, 2);
        var plan = full with { Rows = [full.Rows[0], attention] };
        var everything = AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, ["full", "ast"], kinds: Joint);
        const long site = (4L * Tokens * Width * Width * 2) + (2L * Width * 2 * Tokens * Tokens); // projections and attention of a batch of 2
        const long layer = 4L * Width * Width * Tokens * 2;

        PlanCost.Of(full, attached.Processors, batch: 2, Tokens).Total.ShouldBe(2 * 3 * (site + layer));
        PlanCost.Of(plan, attached.Processors, batch: 2, Tokens).Total.ShouldBe(3 * (site + (2 * layer)));
        PlanCost.Of(everything, attached.Processors, batch: 2, Tokens).Total.ShouldBe(3 * (site + layer));
        PlanCost.OfAttention(plan, attached.Processors, batch: 2, Tokens).Total.ShouldBe(3 * site);
        PlanCost.OfAttention(everything, attached.Processors, batch: 2, Tokens).Fraction.ShouldBe(0.5);

        const long output = 2L * Tokens * Width * 4;
        var memory = PlanMemory.Of(everything, attached.Processors, batch: 2, Tokens);
        memory.PeakBytes.ShouldBe(6 * output);
        memory.KeepEverythingBytes.ShouldBe(9 * output);
        using var noGrad = no_grad();
        using var run = attached.BeginRun(everything, new RunRequest(2, Guidance.ConditionalFirst));
        Call(_start, run.Step()).Dispose();
        run.StateBytes.ShouldBe(6 * output);
        Call(_start, run.Step()).Dispose();
        run.PeakStateBytes.ShouldBe(memory.PeakBytes);
    }

    [Fact]
    public void Rows_of_attention_and_feed_forwards_are_scored_together()
    {
        using var attached = Attach();
        using var trajectory = Begin();
        var scores = RowPlanSearch.Score(attached, trajectory, Tokens, new RowSearchOptions { Strategies = ["wars", "ast"], Kinds = Joint, LongestReuse = 3 });

        foreach (var id in new[] { "wars", "ast", "full/ast", "wars/ast", "ast/ast" })
        {
            double.IsNaN(scores.Score(3, id, 2)).ShouldBeFalse(id);
        }

        // Half of this model is feed-forward: attention alone cannot be so cheap.
        var plan = scores.FindPlan(0.45).ShouldNotBeNull();
        PlanCost.Of(plan, attached.Processors, batch: 2, Tokens).Fraction.ShouldBeInRange(0.2, 0.45);
        plan.Rows.SelectMany(row => row.Where((_, site) => site % 2 == 1)).ShouldContain("ast");
        attached.Check(plan, new RunRequest(Steps, Guidance.ConditionalFirst));
    }

    [Fact]
    public void A_joint_plan_is_no_worse_than_one_of_attention_alone_at_the_same_cost()
    {
        using var attached = Attach();
        var attention = Search(attached, SiteKinds.Paper);
        var joint = Search(attached, Joint, attention.Best.Plan);

        joint.Best.Psnr.ShouldBeGreaterThanOrEqualTo(attention.Best.Psnr);
        joint.Best.Cost.Fraction.ShouldBeLessThanOrEqualTo(0.75);
        joint.Candidates.ShouldContain(plan => plan.Plan.Rows.Any(row => row[1] == "ast"));
    }

    [Fact]
    public void Seconds_are_measured_of_attention_and_feed_forwards_apart()
    {
        using var attached = Attach();
        var search = new BudgetPlanSearch(attached, Begin, Tokens, Psnr, new BudgetSearchOptions { Strategies = ["ast"], Kinds = Joint, Groups = [] });

        var found = search.Find(new PlanBudget { Seconds = 60 }).ShouldNotBeNull();

        found.Candidates.ShouldContain(plan => plan.Plan.Rows[1][1] == "ast");
    }

    private static IReadOnlyList<double> Psnr(Tensor full, Tensor other) => PeakSignalToNoise.PerSample(full, other, dataRange: 2);

    private BudgetSearchResult Search(AttachedModel attached, IReadOnlyCollection<SiteKind> kinds, params AttentionPlan[] others)
        => new BudgetPlanSearch(attached, Begin, Tokens, Psnr, new BudgetSearchOptions { Strategies = ["wars", "ast"], Kinds = kinds, Others = others, Rounds = 1, Probes = 1 })
            .Find(new PlanBudget { AttentionFlops = 0.75 }).ShouldNotBeNull();

    private ToyTrajectory Begin() => new(_model, _start, Steps, Guidance.ConditionalFirst);

    private AttachedModel Attach(bool subLayers = true)
        => AttachedModel.Attach(_model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper, subLayers: subLayers);

    private int[] Calls() => [.. _model.modules().OfType<ToyFeedForward>().Select(layer => layer.Calls)];

    private Tensor ForwardOnce()
    {
        using var noGrad = no_grad();
        return _model.forward(_start);
    }

    private Tensor Call(Tensor input, StepScope step)
    {
        using (step)
        {
            return _model.forward(input);
        }
    }

    private sealed class Projecting : IAttentionProcessor
    {
        public ProcessorTraits Traits { get; } = new(SiteState.None, SiteState.Output) { ServesSubLayers = true };

        public Tensor Attend(in AttentionCall call)
        {
            using var input = call.Project();
            return call.Compute();
        }

        public AttentionCost Cost(in SiteShape shape) => default;
    }
}
