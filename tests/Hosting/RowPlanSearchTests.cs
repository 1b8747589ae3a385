using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

public sealed class RowPlanSearchTests : IDisposable
{
    private const int Steps = 6;

    private readonly ToyModel _model;
    private readonly AttachedModel _attached;
    private readonly Tensor _start;

    public RowPlanSearchTests()
    {
        manual_seed(4);
        _model = new ToyModel(depth: 3);
        _attached = AttachedModel.Attach(_model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        _start = randn(4, 32, 16);
    }

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
        _start.Dispose();
    }

    [Theory]
    [InlineData(1, "wars", 1)]
    [InlineData(3, "wars", 2)]
    [InlineData(4, "ast", 1)]
    [InlineData(2, "asc", 0)]
    [InlineData(5, "wars+asc", 4)]
    public void A_score_is_the_squared_relative_error_that_the_row_alone_causes(int step, string strategy, int age)
    {
        var scores = Score(new RowSearchOptions { Probes = 48 });

        // Full until the state is so old, then nothing but the row is read again.
        using var run = _attached.BeginTrialRun(Guidance.ConditionalFirst);
        using var noGrad = no_grad();
        using var changed = new ToyTrajectory(_model, _start, Steps, Guidance.ConditionalFirst);
        using var full = new ToyTrajectory(_model, _start, Steps, Guidance.ConditionalFirst);
        for (var k = 0; k < Steps; k++)
        {
            // A full step that keeps nothing lets the state age.
            var reads = k == step;
            var keeps = age == 0 || k <= step - age;
            var row = Enumerable.Repeat(reads ? strategy : "full", 3).ToArray();
            Tensor output;
            using (reads || !keeps ? run.Try(row) : run.Take(row))
            {
                output = changed.Predict();
            }

            changed.Advance(output);
            output.Dispose();
            using var plain = full.Predict();
            full.Advance(plain);
        }

        using var a = full.Latents();
        using var b = changed.Latents();
        using var error = b.sub(a).flatten(1).square().sum(1);
        using var norm = a.flatten(1).square().sum(1);
        var measured = error.div(norm).mean().item<float>();
        scores.Score(step, strategy, age).ShouldBeInRange(measured / 1.6, measured * 1.6);
    }

    [Fact]
    public void A_plan_stays_within_its_budget_and_can_be_run()
    {
        var scores = Score(new RowSearchOptions());

        scores.FindPlan(1)!.Rows.SelectMany(row => row).Distinct().ShouldBe(["full"]);
        scores.FindPlan(0.05).ShouldBeNull("step 0 alone is a sixth");
        foreach (var budget in new[] { 0.4, 0.6, 0.8 })
        {
            var plan = scores.FindPlan(budget).ShouldNotBeNull();
            _attached.Check(plan, new RunRequest(Steps, Guidance.ConditionalFirst));
            PlanCost.Of(plan, _attached.Processors, batch: 2, tokens: 32).Fraction.ShouldBeInRange(budget - 0.25, budget);
        }

        scores.ForwardEquivalents.ShouldBe(Steps + (5 * 1) + (3 * (1 + 2 + 3 + 4 + 4)) + (4 * 7));
    }

    [Fact]
    public void Without_guidance_no_row_shares_between_halves()
    {
        using var trajectory = new ToyTrajectory(_model, _start, Steps, Guidance.None);
        var scores = RowPlanSearch.Score(_attached, trajectory, tokens: 32);

        double.IsNaN(scores.Score(2, "asc", 0)).ShouldBeTrue();
        _attached.Check(scores.FindPlan(0.5).ShouldNotBeNull(), new RunRequest(Steps, Guidance.None));
    }

    [Fact]
    public void The_plan_is_the_best_of_all_plans_of_rows()
    {
        // wars reads the residual, ast the output; both carry on the error of what they read.
        const int steps = 6, ages = 3;
        var random = new Random(3);
        var scores = Enumerable.Range(0, steps).Select(_ => Enumerable.Range(0, 2).Select(
            _ => Enumerable.Range(0, ages + 1).Select(age => age == 0 ? double.NaN : random.NextDouble() * age).ToArray()).ToArray()).ToArray();
        var plan = AttentionPlan.AllFull(_attached, Guidance.None, steps);
        var strategies = new[]
        {
            new RowStrategy("wars", ["wars", "wars", "wars"], _attached.Processors.GetProcessor("wars").Traits, false, 40),
            new RowStrategy("ast", ["ast", "ast", "ast"], _attached.Processors.GetProcessor("ast").Traits, false, 0),
        };
        var found = new RowScores(plan, 100, strategies, scores, ages, 0);

        foreach (var budget in new[] { 0.35, 0.5, 0.8 })
        {
            var best = AllRows(steps - 1).Select(rows => Judge(rows)).Where(judged => judged.Cost <= budget * 100 * steps).Min(judged => judged.Error);
            var chosen = found.FindPlan(budget).ShouldNotBeNull().Rows.Skip(1).Select(row => Array.IndexOf(["full", "wars", "ast"], row[0])).ToArray();
            Judge(chosen).Error.ShouldBe(best, 1e-12);
            Judge(chosen).Cost.ShouldBeLessThanOrEqualTo(budget * 100 * steps);
        }

        static IEnumerable<int[]> AllRows(int count)
            => count == 0 ? [[]] : AllRows(count - 1).SelectMany(rows => Enumerable.Range(0, 3).Select(row => (int[])[.. rows, row]));

        (double Error, double Cost) Judge(int[] rows)
        {
            var (error, cost, residual, output, carried) = (0.0, 100.0, 0, 0, 0.0);
            for (var step = 1; step <= rows.Length; step++)
            {
                residual++;
                output++;
                switch (rows[step - 1])
                {
                    case 0:
                        (residual, output, carried) = (0, 0, 0);
                        cost += 100;
                        break;
                    case 1 when residual <= ages:
                        carried = scores[step][0][residual];
                        (error, output) = (error + carried, 0);
                        cost += 40;
                        break;
                    case 2 when output <= ages:
                        error += scores[step][1][output] + carried;
                        break;
                    default:
                        error = double.PositiveInfinity;
                        break;
                }
            }

            return (error, cost);
        }
    }

    private RowScores Score(RowSearchOptions options)
    {
        using var trajectory = new ToyTrajectory(_model, _start, Steps, Guidance.ConditionalFirst);
        return RowPlanSearch.Score(_attached, trajectory, tokens: 32, options);
    }
}
