using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Tests.OpenSora;

/// <summary>A tiny OpenSora: calibration finds something, and what it finds is worth it. The authors' own path calibrates nothing.</summary>
public sealed class CalibrationTests : IDisposable
{
    private const int Steps = 6;
    private const int TextTokens = 6;

    private static readonly STDiTConfig Config = new()
    {
        HiddenSize = 48, Depth = 2, NumHeads = 2, CaptionChannels = 16, ModelMaxLength = TextTokens, InputSquareSize = 64, QkNorm = true,
    };

    private static readonly VideoConditioning Size = new(3, 64, 96, 24);

    private readonly STDiTModel _model = STDiTModel.Create(Config);
    private readonly AttachedModel _attached;
    private readonly OpenSoraSampler _sampler;

    public CalibrationTests()
    {
        FormulaWeights.Fill(_model);
        FormulaWeights.Fill(_model, ["y_embedder.y_embedding"]);
        _model.eval();
        _attached = AttachedModel.Attach(_model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Tokens(6));
        _sampler = new OpenSoraSampler(_model, new OpenSoraSamplingOptions { Steps = Steps, TimestepRespacing = "6,0,0" });
    }

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void Sites_stand_in_forward_order_with_their_kinds()
    {
        _attached.Sites.Select(site => site.Name).ShouldBe(
            ["blocks.0.attn", "blocks.0.attn_temp", "blocks.0.cross_attn", "blocks.1.attn", "blocks.1.attn_temp", "blocks.1.cross_attn"]);
        _attached.Sites.Take(3).Select(site => site.Kind).ShouldBe([SiteKind.Spatial, SiteKind.Temporal, SiteKind.CrossAttention]);
    }

    [Fact]
    public void The_searched_plan_compresses_the_spatial_sites_and_costs_less_than_full_at_a_small_error()
    {
        var plan = Search(new GreedySearchOptions { Threshold = 0.15 }).Plan;

        SpatialOf(plan).ShouldContain(id => id != "full");
        Others(plan).ShouldAllBe(id => id == "full");
        Cost(plan).ShouldBeLessThan(1);

        // What the authors' path does as released: the first step computes, every other one repeats its output.
        var repeated = AttentionPlan.OfSteps(_attached, Guidance.ConditionalFirst, Enumerable.Range(0, Steps).Select(step => step == 0 ? "full" : "ast"), AttentionWindow.Tokens(6));
        using var full = Generate(AttentionPlan.AllFull(_attached, Guidance.ConditionalFirst, Steps) with { Window = AttentionWindow.Tokens(6) });
        using var searched = Generate(plan);
        using var released = Generate(repeated);
        Error(searched, full).ShouldBeLessThan(Error(released, full));
    }

    [Fact]
    public void At_the_error_of_the_authors_search_ours_costs_less()
    {
        using var full = Generate(AttentionPlan.AllFull(_attached, Guidance.ConditionalFirst, Steps) with { Window = AttentionWindow.Tokens(6) });
        var theirs = Search(new GreedySearchOptions { Threshold = 0.05 }).Plan;
        using var theirLatents = Generate(theirs);
        var ours = new BudgetPlanSearch(_attached, Begin, Size.FrameTokens, Decibels, new BudgetSearchOptions { Others = [theirs], Groups = [1, Config.Depth], Rounds = 4 })
            .Find(new PlanBudget { Psnr = Decibels(full, theirLatents).Average() })!.Best.Plan;
        using var ourLatents = Generate(ours);

        Cost(ours).ShouldBeLessThan(Cost(theirs));
        Decibels(full, ourLatents).Average().ShouldBeGreaterThanOrEqualTo(Decibels(full, theirLatents).Average());
    }

    [Fact]
    public void Searched_block_by_block_the_plan_is_the_same()
    {
        var whole = Search(new GreedySearchOptions { Threshold = 0.15, ReusesBlocks = false });
        var blockwise = Search(new GreedySearchOptions { Threshold = 0.15 });

        blockwise.Plan.Rows.ShouldBe(whole.Plan.Rows);
        blockwise.Trials.Select(trial => trial.Loss).ShouldBe(whole.Trials.Select(trial => trial.Loss));
        blockwise.BlockEvaluations.ShouldBeLessThan(whole.BlockEvaluations);
    }

    [Fact]
    public void Temporal_and_cross_attention_take_part_where_they_are_asked_for()
    {
        var plan = Search(new GreedySearchOptions
        {
            Threshold = 2, Kinds = [SiteKind.Spatial, SiteKind.Temporal, SiteKind.CrossAttention], Candidates = ["wars", "ast"],
        }).Plan;

        Of(plan, SiteKind.Temporal).ShouldContain(id => id != "full");
        Of(plan, SiteKind.CrossAttention).ShouldContain("ast");
        Of(plan, SiteKind.CrossAttention).ShouldNotContain("wars");
        using var again = Generate(plan);
        again.isfinite().all().item<bool>().ShouldBeTrue();
    }

    [Theory]
    [InlineData("2x3")]
    [InlineData("1x2x3")]
    public void Windows_over_rows_and_columns_are_measured_on_the_frames_grid(string window)
    {
        var plan = AttentionPlan.OfSteps(
            _attached, Guidance.ConditionalFirst, Enumerable.Range(0, Steps).Select(step => step % 2 == 0 ? "full" : "wars"), AttentionWindow.Parse(window));

        using var latents = Generate(plan);

        latents.shape.ShouldBe(Size.LatentShape(2));
        latents.isfinite().all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void The_memory_of_spatial_caches_is_foretold_and_below_keeping_everything()
    {
        var plan = Search(new GreedySearchOptions { Threshold = 0.15 }).Plan;
        var shapes = new VideoShapes(Config, Size, Batch: 4, TextTokens);

        var memory = PlanMemory.Of(
            plan, _attached.Processors, site => _attached.Sites[site].Kind == SiteKind.Spatial ? shapes.Of(SiteKind.Spatial, plan.Window!.Value) : null);

        using var run = _attached.BeginRun(plan, _sampler.RunRequest(Size));
        Generate(run).Dispose();
        memory.PeakBytes.ShouldBe(run.PeakStateBytes);
        memory.PeakBytes.ShouldBeLessThan(memory.KeepEverythingBytes);
    }

    private GreedySearchResult Search(GreedySearchOptions options)
    {
        using var trajectory = Begin();
        return GreedyPlanSearch.Search(_attached, trajectory, options);
    }

    private OpenSoraTrajectory Begin()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var text = new VideoText(randn([2, 1, TextTokens, Config.CaptionChannels], generator: generator));
        var noise = randn([Steps, .. Size.LatentShape(2)], generator: generator).DetachFromDisposeScope();
        var sizes = Size.Sizes(2);
        return _sampler.Begin(text, sizes, randn(Size.LatentShape(2), generator: generator), step => noise[step]);
    }

    private Tensor Generate(AttentionPlan plan)
    {
        using var run = _attached.BeginRun(plan, _sampler.RunRequest(Size));
        return Generate(run);
    }

    private Tensor Generate(AttentionRun run)
    {
        using var trajectory = Begin();
        return OpenSoraSampler.Sample(trajectory, run);
    }

    private double Cost(AttentionPlan plan)
    {
        var shapes = new VideoShapes(Config, Size, Batch: 4, TextTokens);
        return PlanCost.Of(plan.Rows, _attached.Processors, site => shapes.Of(_attached.Sites[site].Kind, plan.Window!.Value)).Fraction;
    }

    /// <summary>How far each sample's latents are above their error.</summary>
    private static IReadOnlyList<double> Decibels(Tensor full, Tensor other)
        => [.. Enumerable.Range(0, (int)full.shape[0]).Select(i => -20 * Math.Log10(Math.Max(1e-12, Error(other[i], full[i]))))];

    private static double Error(Tensor latents, Tensor full)
    {
        using var scope = NewDisposeScope();
        return (latents - full).norm().item<float>() / full.norm().item<float>();
    }

    private IEnumerable<string> SpatialOf(AttentionPlan plan) => Of(plan, SiteKind.Spatial);

    private IEnumerable<string> Others(AttentionPlan plan) => Of(plan, SiteKind.Temporal).Concat(Of(plan, SiteKind.CrossAttention));

    private IEnumerable<string> Of(AttentionPlan plan, SiteKind kind)
        => plan.Rows.SelectMany(row => row.Where((_, site) => _attached.Sites[site].Kind == kind));
}
