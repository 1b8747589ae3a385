using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

public sealed class BudgetPlanSearchTests : IDisposable
{
    private const int Steps = 6;
    private const int Tokens = 32;

    private readonly ToyModel _model;
    private readonly AttachedModel _attached;
    private readonly Tensor _start;

    public BudgetPlanSearchTests()
    {
        manual_seed(4);
        _model = new ToyModel(depth: 3);
        _attached = AttachedModel.Attach(_model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        _start = randn(4, Tokens, 16);
    }

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
        _start.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_refined_plan_is_better_stays_within_its_limit_and_its_error_is_the_measured_one(int groups)
    {
        var prices = PlanPrices.MultiplyAccumulates(_attached, Tokens);
        var start = PeriodicPlans.Every(_attached, Guidance.ConditionalFirst, Steps, "ast", 3);
        var limit = new PlanLimit(prices, prices.Of(start) + (prices.OfFull(1) / 2));

        var refined = PlanRefinement.Refine(_attached, Begin, start, [limit], new PlanRefinementOptions { Groups = groups });

        refined.Moves.ShouldBeGreaterThan(0);
        refined.Error.ShouldBeLessThan(refined.StartError);
        limit.Allows(refined.Plan).ShouldBeTrue();
        refined.StartError.ShouldBe(Error(start), 1e-3 * refined.StartError);
        refined.Error.ShouldBe(Error(refined.Plan), 1e-3 * refined.Error);
        _attached.Check(refined.Plan, new RunRequest(Steps, Guidance.ConditionalFirst));
    }

    [Fact]
    public void Moves_stay_where_held_out_samples_gain_and_the_error_is_theirs()
    {
        manual_seed(31);
        using var others = randn(6, Tokens, 16);
        var prices = PlanPrices.MultiplyAccumulates(_attached, Tokens);
        var start = PeriodicPlans.Every(_attached, Guidance.ConditionalFirst, Steps, "ast", 3);
        var limit = new PlanLimit(prices, prices.Of(start) + (prices.OfFull(1) / 2));

        var refined = PlanRefinement.Refine(
            _attached, Begin, start, [limit], heldOut: () => new ToyTrajectory(_model, others, Steps, Guidance.ConditionalFirst));

        refined.Moves.ShouldBeGreaterThan(0);
        refined.Error.ShouldBeLessThan(refined.StartError);
        limit.Allows(refined.Plan).ShouldBeTrue();
        refined.StartError.ShouldBe(Error(start, others), 1e-3 * refined.StartError);
        refined.Error.ShouldBe(Error(refined.Plan, others), 1e-3 * refined.Error);
    }

    [Fact]
    public void What_helps_the_calibration_samples_alone_does_not_stay_and_finer_stages_do_not_come()
    {
        var start = PeriodicPlans.Every(_attached, Guidance.ConditionalFirst, Steps, "ast", 3);
        PlanRefinement.Refine(_attached, Begin, start, []).Moves.ShouldBeGreaterThan(0);

        var refined = PlanRefinement.Refine(_attached, Begin, start, [], heldOut: Still);
        var once = Search([1], Still).Find(new PlanBudget { AttentionFlops = 0.7 }).ShouldNotBeNull();
        var staged = Search([1, 3], Still).Find(new PlanBudget { AttentionFlops = 0.7 }).ShouldNotBeNull();

        refined.Moves.ShouldBe(0);
        refined.Plan.Rows.ShouldBe(start.Rows);
        once.Candidates.ShouldNotContain(plan => plan.Plan.Origin.Method == "refined");
        staged.ForwardEquivalents.ShouldBe(once.ForwardEquivalents);

        StillTrajectory Still() => new(Begin());
    }

    [Fact]
    public void Finer_stages_come_while_the_coarser_gain()
    {
        var once = Search([1]).Find(new PlanBudget { AttentionFlops = 0.7 }).ShouldNotBeNull();
        var staged = Search([1, int.MaxValue]).Find(new PlanBudget { AttentionFlops = 0.7 }).ShouldNotBeNull();

        once.Best.Plan.Origin.Method.ShouldBe("refined");
        staged.Best.Psnr.ShouldBeGreaterThanOrEqualTo(once.Best.Psnr);
        staged.ForwardEquivalents.ShouldBeGreaterThan(once.ForwardEquivalents);
    }

    [Fact]
    public void A_plan_that_cannot_be_bettered_is_given_back()
    {
        var full = AttentionPlan.AllFull(_attached, Guidance.ConditionalFirst, Steps);

        var refined = PlanRefinement.Refine(_attached, Begin, full, []);

        refined.Moves.ShouldBe(0);
        refined.Plan.Rows.ShouldBe(full.Rows);
    }

    [Fact]
    public void A_plan_that_costs_more_than_the_limit_is_refused()
    {
        var prices = PlanPrices.MultiplyAccumulates(_attached, Tokens);
        var full = AttentionPlan.AllFull(_attached, Guidance.ConditionalFirst, Steps);

        Should.Throw<ArgumentException>(() => PlanRefinement.Refine(_attached, Begin, full, [new PlanLimit(prices, prices.OfFull(Steps) - 1)]))
            .Message.ShouldContain("more than the limit");
    }

    [Fact]
    public void Moves_are_measured_as_if_each_were_run_alone()
    {
        var plan = PeriodicPlans.Every(_attached, Guidance.ConditionalFirst, Steps, "wars", 3);
        PlanMove[] moves = [Move(1, "ast"), Move(3, "wars+asc"), Move(4, "full")];
        using var noGrad = no_grad();
        var runs = new PlanRuns(_attached, Begin, plan.Window, CancellationToken.None);

        var ends = runs.RunMoves(plan.Rows, moves, static _ => { });

        runs.Count.ShouldBe((Steps - 1) + (Steps - 3) + (Steps - 4) + 4, "a move runs from its step on; the plan itself up to the last of them");
        foreach (var (move, end) in moves.Zip(ends))
        {
            var rows = plan.Rows.ToArray();
            rows[move.Step] = move.Row;
            using var alone = runs.RunToEnd(rows);
            end.data<float>().ToArray().ShouldBe(alone.data<float>().ToArray(), $"step {move.Step}");
            end.Dispose();
        }

        PlanMove Move(int step, string id) => new(step, 0, [id, id, id], []);
    }

    [Fact]
    public void Moves_are_chosen_like_by_trying_all_of_them()
    {
        // Six cells with two moves each; errors in eight dimensions that partly cancel.
        using var noGrad = no_grad();
        manual_seed(12);
        var better = 0;
        for (var trial = 0; trial < 20; trial++)
        {
            using var scope = NewDisposeScope();
            var error = randn(3, 8);
            var changes = Enumerable.Range(0, 12).Select(_ => randn(3, 8) * 0.4).ToArray();
            PlanMove[] moves = [.. Enumerable.Range(0, 12).Select(m => new PlanMove(m / 2, 0, [], [(m * 7 % 5) - 2]))];
            var model = new MoveModel(error, changes, moves);

            var chosen = model.Choose(most: 12, [1], _ => true);

            chosen.Select(m => moves[m].Cell).Distinct().Count().ShouldBe(chosen.Count, "one move a cell");
            chosen.Sum(m => moves[m].Prices[0]).ShouldBeLessThanOrEqualTo(1);
            var best = AllChoices(6).Where(choice => choice.Sum(m => moves[m].Prices[0]) <= 1).Min(Value);
            Value(chosen).ShouldBeLessThanOrEqualTo(Value([]));
            better += Value(chosen) <= best + 0.15 ? 1 : 0;

            double Value(IReadOnlyList<int> choice)
            {
                using var inner = NewDisposeScope();
                var sum = choice.Aggregate(error, (e, m) => e + changes[m]);
                return -SampleGain.Certain([.. (error.square().sum(1).log() - sum.square().sum(1).log()).data<float>().Select(gain => (double)gain)]);
            }
        }

        better.ShouldBeGreaterThanOrEqualTo(17, "a local search finds the best or next to it nearly always");

        static IEnumerable<IReadOnlyList<int>> AllChoices(int cells) => cells == 0
            ? [[]]
            : AllChoices(cells - 1).SelectMany(choice => new IReadOnlyList<int>[] { choice, [.. choice, (2 * cells) - 2], [.. choice, (2 * cells) - 1] });
    }

    [Fact]
    public void A_gain_is_certain_where_the_samples_agree()
    {
        SampleGain.Certain([3, 3, 3]).ShouldBe(3);
        SampleGain.Certain([5]).ShouldBe(5);
        SampleGain.Certain([1, 2, 3]).ShouldBe(2 - Math.Sqrt(1.0 / 3), 1e-12);
        SampleGain.Certain([-8, 1, 10]).ShouldBeLessThan(0, "the mean is 1, its standard error 5.2");
    }

    [Theory]
    [InlineData(0.45)]
    [InlineData(0.7)]
    public void The_plan_is_the_best_of_all_candidates_within_the_budget(double budget)
    {
        var result = Search().Find(new PlanBudget { AttentionFlops = budget }).ShouldNotBeNull();

        result.Candidates[0].ShouldBe(result.Best);
        result.Candidates.Count.ShouldBeGreaterThan(3);
        result.Candidates.ShouldAllBe(plan => plan.Cost.Fraction <= budget && plan.WorstPsnr <= plan.Psnr && plan.SamplePsnr.Count == 4);
        result.Candidates.ShouldAllBe(plan => plan.Psnr <= result.Best.Psnr);
        result.Best.Plan.Origin.Method.ShouldBe("refined");
    }

    [Fact]
    public void The_cheapest_plan_that_keeps_a_psnr_costs_less_than_every_candidate_that_keeps_it()
    {
        var result = Search().Find(new PlanBudget { Psnr = 25 }).ShouldNotBeNull();

        result.Best.Psnr.ShouldBeGreaterThanOrEqualTo(25);
        result.Best.Cost.Total.ShouldBe(result.Candidates.Where(plan => plan.Psnr >= 25).Min(plan => plan.Cost.Total));
        result.Best.Cost.Fraction.ShouldBeLessThan(1);
    }

    [Fact]
    public void A_limit_of_memory_is_held_by_the_run()
    {
        var free = Search().Find(new PlanBudget { AttentionFlops = 0.6 }).ShouldNotBeNull();
        var bytes = Peak(free.Best.Plan) * 2 / 3;

        var held = Search().Find(new PlanBudget { AttentionFlops = 0.6, CacheBytes = bytes });

        held.ShouldNotBeNull();
        Peak(held.Best.Plan).ShouldBeLessThanOrEqualTo(bytes);
        held.Best.Psnr.ShouldBeLessThanOrEqualTo(free.Best.Psnr + 1e-9);
    }

    [Fact]
    public void Seconds_are_a_budget_too()
    {
        var result = Search().Find(new PlanBudget { Seconds = 1000 }).ShouldNotBeNull();

        result.Best.Psnr.ShouldBeGreaterThan(100, "there is time for full everywhere");
        Search().Find(new PlanBudget { Seconds = 1e-9 }).ShouldBeNull();
    }

    [Fact]
    public void Budgets_that_say_nothing_or_nonsense_are_refused()
    {
        Should.Throw<ArgumentException>(() => Search().Find(new PlanBudget())).Message.ShouldContain("at least one of");
        Should.Throw<ArgumentException>(() => Search().Find(new PlanBudget { CacheBytes = 5 })).Message.ShouldContain("at least one of");
        Should.Throw<ArgumentException>(() => Search().Find(new PlanBudget { AttentionFlops = 1.5 })).Message.ShouldContain("AttentionFlops: 1.5");
        Should.Throw<ArgumentException>(() => Search().Find(new PlanBudget { Psnr = double.NaN })).Message.ShouldContain("Psnr: NaN");
        Should.Throw<ArgumentException>(() => Search().Find(new PlanBudget { Seconds = -1 })).Message.ShouldContain("Seconds: -1");
    }

    [Fact]
    public void The_guard_makes_steps_full_until_the_worst_sample_holds_the_limit()
    {
        var plan = PeriodicPlans.Every(_attached, Guidance.ConditionalFirst, Steps, "ast", 6);
        var prices = PlanPrices.MultiplyAccumulates(_attached, Tokens);
        var alone = PlanGuard.Guard(_attached, Begin, plan, prices, worstPsnr: null, Psnr);
        alone.Replaced.ShouldBe(0);
        alone.Plan.ShouldBe(plan);
        var limit = alone.Before.Min() + 3;

        var guarded = PlanGuard.Guard(_attached, Begin, plan, prices, limit, Psnr);

        guarded.Before.ShouldBe(alone.Before);
        guarded.After.Min().ShouldBeGreaterThanOrEqualTo(limit);
        guarded.Replaced.ShouldBeInRange(1, 4);
        guarded.Plan.Rows.Zip(plan.Rows).Count(pair => !pair.First.SequenceEqual(pair.Second)).ShouldBe(guarded.Replaced);
        guarded.Plan.Origin.Note.ShouldEndWith("full for the worst validation sample");
        Should.Throw<ArgumentOutOfRangeException>(() => PlanGuard.Guard(_attached, Begin, plan, prices, 0, Psnr));
    }

    private static double[] Psnr(Tensor a, Tensor b) => PeakSignalToNoise.PerSample(a, b, dataRange: 2);

    private BudgetPlanSearch Search(IReadOnlyList<int>? groups = null, Func<IDenoisingTrajectory>? heldOut = null)
        => new(_attached, Begin, Tokens, Psnr, new BudgetSearchOptions { Groups = groups ?? [1] }, heldOut);

    private ToyTrajectory Begin() => new(_model, _start, Steps, Guidance.ConditionalFirst);

    private long Peak(AttentionPlan plan)
    {
        using var run = _attached.BeginRun(plan, new RunRequest(Steps, Guidance.ConditionalFirst));
        Generate(() => run.Step()).Dispose();
        return run.PeakStateBytes;
    }

    private double Error(AttentionPlan plan, Tensor? start = null)
    {
        using var run = _attached.BeginRun(plan, new RunRequest(Steps, Guidance.ConditionalFirst));
        using var result = Generate(() => run.Step(), start);
        using var reference = Generate(() => null, start);
        using var scope = NewDisposeScope();
        var square = (result - reference).flatten(1).square().sum(1) / reference.flatten(1).square().sum(1);
        return Math.Exp(square.log().mean().item<float>());
    }

    private Tensor Generate(Func<IDisposable?> step, Tensor? start = null)
    {
        using var noGrad = no_grad();
        using var trajectory = new ToyTrajectory(_model, start ?? _start, Steps, Guidance.ConditionalFirst);
        for (var k = 0; k < Steps; k++)
        {
            using var scope = step();
            using var output = trajectory.Predict();
            trajectory.Advance(output);
        }

        return trajectory.Latents();
    }

    /// <summary>A scheduler that no model output moves: samples of it see no plan.</summary>
    private sealed class StillTrajectory(ToyTrajectory trajectory) : IDenoisingTrajectory
    {
        public int Steps => trajectory.Steps;

        public Guidance Guidance => trajectory.Guidance;

        public Tensor Predict() => trajectory.Predict();

        public void Advance(Tensor output)
        {
        }

        public Tensor Latents() => trajectory.Latents();

        public void Dispose() => trajectory.Dispose();
    }
}
