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
        reused.BlockEvaluations.ShouldBe(
            (5 * (1 + (5 * 2))) + reused.Trials.Sum(trial => 5 - trial.Site) - reused.Trials.Count(trial => trial.Accepted), "an accepted trial's block is not computed again");
    }

    [Theory]
    [InlineData(0.05, Guidance.None)]
    [InlineData(0.3, Guidance.ConditionalFirst)]
    [InlineData(0.3, Guidance.ConditionalLast)]
    public void Batches_that_end_a_trial_early_change_no_bit_of_the_plan(double threshold, Guidance guidance)
    {
        using var model = new ToyModel(depth: 4);
        using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        using var start = randn(5, 32, 16);
        var options = new GreedySearchOptions { Threshold = threshold };

        var (whole, wholeEnds) = Run(options with { ReusesBlocks = false });
        var (early, earlyEnds) = Run(options);

        early.Plan.Rows.SelectMany(row => row).ShouldBe(whole.Plan.Rows.SelectMany(row => row));
        earlyEnds.ShouldBe(wholeEnds);
        early.Trials.Select(trial => trial with { Loss = 0 }).ShouldBe(whole.Trials.Select(trial => trial with { Loss = 0 }));
        foreach (var (ended, toTheEnd) in early.Trials.Zip(whole.Trials))
        {
            ended.Loss.ShouldBeLessThanOrEqualTo(toTheEnd.Loss);
            (ended.Loss == toTheEnd.Loss || ended.Loss >= ended.Threshold).ShouldBeTrue("only what is rejected ends early");
        }

        early.Trials.Zip(whole.Trials).ShouldContain(pair => pair.First.Loss < pair.Second.Loss, "the case has to end something early");
        early.ForwardEquivalents.ShouldBeLessThan(whole.ForwardEquivalents);

        (GreedySearchResult Result, float[] Ends) Run(GreedySearchOptions options)
        {
            ToyTrajectory[] batches = [.. Enumerable.Range(0, 5).Select(sample => new ToyTrajectory(model, start.narrow(0, sample, 1), 6, guidance))];
            var result = GreedyPlanSearch.Search(attached, batches, options);
            float[] ends = [.. batches.SelectMany(batch => batch.Latents().data<float>().ToArray())];
            Array.ForEach(batches, batch => batch.Dispose());
            return (result, ends);
        }
    }

    [Fact]
    public void One_batch_of_all_samples_gives_the_losses_of_the_whole_and_two_their_mean()
    {
        // A loss of two batches of one and two samples, every trial to its end.
        using var start = randn(3, 32, 16);
        var options = new GreedySearchOptions { Threshold = 1e-300, ReusesBlocks = false };
        using var all = new ToyTrajectory(_model, start, 2, Guidance.ConditionalFirst);
        using var one = new ToyTrajectory(_model, start.narrow(0, 0, 1), 2, Guidance.ConditionalFirst);
        using var two = new ToyTrajectory(_model, start.narrow(0, 1, 2), 2, Guidance.ConditionalFirst);

        var whole = GreedyPlanSearch.Search(_attached, all, options);
        var parts = GreedyPlanSearch.Search(_attached, [one, two], options);

        // Other batches, other rounding, and the loss divides by elements near 0: as the recorded losses' tolerance.
        parts.Trials.Zip(whole.Trials).ShouldAllBe(pair => Math.Abs(pair.First.Loss - pair.Second.Loss) <= 1e-4 * pair.Second.Loss);
    }

    [Fact]
    public void Batches_that_do_not_belong_together_are_refused()
    {
        using var five = new ToyTrajectory(_model, _start, 5, Guidance.ConditionalFirst);
        using var six = new ToyTrajectory(_model, _start, 6, Guidance.ConditionalFirst);
        var options = new GreedySearchOptions { Threshold = 1 };

        Should.Throw<ArgumentException>(() => GreedyPlanSearch.Search(_attached, [five, six], options)).Message.ShouldContain("same steps");
        Should.Throw<ArgumentException>(() => GreedyPlanSearch.Search(_attached, [], options)).Message.ShouldContain("at least one batch");
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
