using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

public sealed class GreedyPlanSearchTests : IDisposable
{
    private readonly ToyModel _model;
    private readonly AttachedModel _attached;
    private readonly Tensor _start;

    public GreedyPlanSearchTests()
    {
        manual_seed(1);
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
    public void A_threshold_below_every_loss_keeps_everything_full()
    {
        var result = Search(1e-300, Guidance.ConditionalFirst);

        result.Plan.Rows.SelectMany(r => r).Distinct().ShouldBe(["full"]);
        result.Trials.Count.ShouldBe(4 * 2 * 4, "four steps after the first, two sites, four candidates, none taken");
        result.Trials.ShouldAllBe(t => !t.Accepted);
    }

    [Fact]
    public void A_threshold_above_every_loss_takes_the_first_candidate_everywhere()
    {
        var result = Search(1000, Guidance.ConditionalFirst);

        result.Plan.Rows[0].ShouldBe(["full", "full"]);
        result.Plan.Rows.Skip(1).SelectMany(r => r).Distinct().ShouldBe(["ast"]);
        result.Trials.Count.ShouldBe(4 * 2);
    }

    [Fact]
    public void The_threshold_grows_with_the_sites_and_decides_strictly()
    {
        var result = Search(0.2, Guidance.ConditionalFirst);

        result.Trials.ShouldAllBe(t => t.Accepted == (t.Loss < t.Threshold));
        result.Trials.Where(t => t.Site == 0).ShouldAllBe(t => t.Threshold == 0.1);
        result.Trials.Where(t => t.Site == 1).ShouldAllBe(t => t.Threshold == 0.2);
        result.Plan.Origin.ShouldBe(new PlanOrigin("greedy") { Loss = "official", Threshold = 0.2 });
    }

    [Fact]
    public void Without_guidance_nothing_shares_between_halves()
    {
        var result = Search(0.2, Guidance.None);

        result.Trials.Select(t => t.Candidate).Distinct().ShouldBe(["ast", "wars"], ignoreOrder: true);
        _attached.Check(result.Plan, new RunRequest(5, Guidance.None));
    }

    [Theory]
    [InlineData(Guidance.None)]
    [InlineData(Guidance.ConditionalFirst)]
    [InlineData(Guidance.ConditionalLast)]
    public void Running_the_finished_plan_gives_the_bits_of_the_search(Guidance guidance)
    {
        using var searched = new ToyTrajectory(_model, _start, 5, guidance);
        var plan = GreedyPlanSearch.Search(_attached, searched, new GreedySearchOptions { Threshold = 0.3 }).Plan;
        plan.Rows.SelectMany(r => r).Distinct().Count().ShouldBeGreaterThan(1, "the case has to compress something");

        using var replayed = new ToyTrajectory(_model, _start, 5, guidance);
        using (var run = _attached.BeginRun(plan, new RunRequest(5, guidance)))
        {
            using var noGrad = no_grad();
            for (var step = 0; step < 5; step++)
            {
                Tensor output;
                using (run.Step())
                {
                    output = replayed.Predict();
                }

                replayed.Advance(output);
                output.Dispose();
            }
        }

        using var a = searched.Latents();
        using var b = replayed.Latents();
        b.data<float>().ToArray().ShouldBe(a.data<float>().ToArray());
    }

    [Theory]
    [InlineData(0.05, Guidance.None)]
    [InlineData(0.3, Guidance.ConditionalFirst)]
    [InlineData(0.3, Guidance.ConditionalLast)]
    public void Reusing_blocks_changes_no_bit_and_computes_fewer(double threshold, Guidance guidance)
    {
        using var model = new ToyModel(depth: 5);
        using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        var options = new GreedySearchOptions { Threshold = threshold };
        using var wholeEnd = new ToyTrajectory(model, _start, 6, guidance);
        using var reusedEnd = new ToyTrajectory(model, _start, 6, guidance);

        var whole = GreedyPlanSearch.Search(attached, wholeEnd, options with { ReusesBlocks = false });
        var reused = GreedyPlanSearch.Search(attached, reusedEnd, options);

        reused.Trials.ShouldBe(whole.Trials);
        reused.Plan.Rows.SelectMany(row => row).ShouldBe(whole.Plan.Rows.SelectMany(row => row));
        using var a = wholeEnd.Latents();
        using var b = reusedEnd.Latents();
        b.data<float>().ToArray().ShouldBe(a.data<float>().ToArray());
        reused.Blocks.ShouldBe(5);
        whole.BlockEvaluations.ShouldBe(5 * (1 + (5 * 2) + whole.Trials.Count));
        reused.BlockEvaluations.ShouldBe(5 * (1 + (5 * 2)) + reused.Trials.Sum(trial => 5 - trial.Site));
    }

    [Fact]
    public void A_loss_that_is_no_number_names_site_and_step()
    {
        using var nan = full([2, 32, 16], double.NaN);
        using var trajectory = new ToyTrajectory(_model, nan, 5, Guidance.None);

        var message = Should.Throw<LossNotFiniteException>(
            () => GreedyPlanSearch.Search(_attached, trajectory, new GreedySearchOptions { Threshold = 1 })).Message;
        message.ShouldContain("step 1");
        message.ShouldContain("'blocks.0.attn'");
        message.ShouldContain("with full everywhere");
    }

    [Fact]
    public void Cancelling_ends_the_search_and_frees_its_run()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        using var trajectory = new ToyTrajectory(_model, _start, 5, Guidance.ConditionalFirst);

        Should.Throw<OperationCanceledException>(
            () => GreedyPlanSearch.Search(_attached, trajectory, new GreedySearchOptions { Threshold = 1 }, cancellation: cancellation.Token));

        _attached.Dispose(); // refused while a run is open
    }

    [Fact]
    public void An_unknown_candidate_and_a_threshold_that_is_no_number_are_refused()
    {
        using var trajectory = new ToyTrajectory(_model, _start, 5, Guidance.ConditionalFirst);

        Should.Throw<PlanMismatchException>(() => GreedyPlanSearch.Search(
            _attached, trajectory, new GreedySearchOptions { Threshold = 1, Candidates = ["nope"] })).Message.ShouldContain("'nope'");
        foreach (var threshold in new[] { double.NaN, 0, -1, double.PositiveInfinity })
        {
            Should.Throw<ArgumentOutOfRangeException>(() => GreedyPlanSearch.Search(
                _attached, trajectory, new GreedySearchOptions { Threshold = threshold })).Message.ShouldContain("threshold");
        }
    }

    private GreedySearchResult Search(double threshold, Guidance guidance)
    {
        using var trajectory = new ToyTrajectory(_model, _start, 5, guidance);
        return GreedyPlanSearch.Search(_attached, trajectory, new GreedySearchOptions { Threshold = threshold });
    }
}
