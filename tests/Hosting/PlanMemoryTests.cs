using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

public sealed class PlanMemoryTests
{
    [Theory]
    [InlineData("full full full full", 0)]
    [InlineData("full wars wars full", 1)]
    [InlineData("full ast ast full", 1)]
    [InlineData("full asc wars ast", 2)]
    [InlineData("full wars+asc ast wars", 2)]
    public void The_predicted_peak_is_what_the_run_counts(string steps, int mostPerSite)
    {
        using var model = new ToyModel(depth: 3);
        using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        using var start = randn(2, 32, 16);
        using var trajectory = new ToyTrajectory(model, start, 4, Guidance.ConditionalFirst);
        var plan = AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, steps.Split(' '));

        var predicted = PlanMemory.Of(plan, attached.Processors, batch: 4, tokens: 32);

        using var run = attached.BeginRun(plan, new RunRequest(4, Guidance.ConditionalFirst));
        using var noGrad = no_grad();
        for (var step = 0; step < 4; step++)
        {
            using var output = Predict();
            trajectory.Advance(output);
        }

        const long one = 4 * 32 * 16 * 4;
        run.PeakStateBytes.ShouldBe(predicted.PeakBytes);
        predicted.KeepEverythingBytes.ShouldBe(3 * 2 * one);
        predicted.PeakBytes.ShouldBeLessThanOrEqualTo(mostPerSite * 3 * one);
        (predicted.PeakBytes == 0).ShouldBe(mostPerSite == 0);

        Tensor Predict()
        {
            using (run.Step())
            {
                return trajectory.Predict();
            }
        }
    }

    [Theory]
    [InlineData(ScalarType.Float16, 11)]
    [InlineData(ScalarType.BFloat16, 8)]
    public void State_in_half_the_bytes_is_counted_as_predicted_and_costs_its_rounding(ScalarType dtype, int bits)
    {
        manual_seed(2);
        using var model = new ToyModel(depth: 3);
        using var start = randn(2, 32, 16);
        var (asComputed, wholeBytes, _) = Run(model, start, StateStorage.AsComputed);

        var (kept, bytes, predicted) = Run(model, start, new StateStorage { Dtype = dtype });

        bytes.ShouldBe(predicted);
        bytes.ShouldBe(wholeBytes / 2);
        kept.ShouldNotBe(asComputed, "something is rounded");
        var error = kept.Zip(asComputed).Max(pair => (double)Math.Abs(pair.First - pair.Second));

        // Half a unit in the last of the type's bits, of values of some units, through three blocks and five steps.
        error.ShouldBeLessThan(20 * Math.Pow(2, -bits));
    }

    [Fact]
    public void State_on_the_host_and_in_its_own_type_changes_no_bit()
    {
        manual_seed(2);
        using var model = new ToyModel(depth: 3);
        using var start = randn(2, 32, 16);
        var (asComputed, wholeBytes, _) = Run(model, start, StateStorage.AsComputed);

        var (kept, bytes, _) = Run(model, start, new StateStorage { Dtype = ScalarType.Float32, OnHost = true });

        kept.ShouldBe(asComputed);
        bytes.ShouldBe(wholeBytes);
    }

    [Fact]
    public void A_search_judges_with_state_as_it_is_kept()
    {
        manual_seed(2);
        using var model = new ToyModel(depth: 3);
        using var start = randn(2, 32, 16);

        Losses(StateStorage.AsComputed).ShouldNotBe(Losses(new StateStorage { Dtype = ScalarType.BFloat16 }));

        double[] Losses(StateStorage storage)
        {
            using var attached = Attach(model, storage);
            using var trajectory = new ToyTrajectory(model, start, 4, Guidance.ConditionalFirst);
            var options = new DiTFastAttn.Hosting.Search.GreedySearchOptions { Threshold = 1e-300, Candidates = ["ast"] };
            return [.. DiTFastAttn.Hosting.Search.GreedyPlanSearch.Search(attached, trajectory, options).Trials.Select(trial => trial.Loss)];
        }
    }

    [Fact]
    public void State_is_kept_in_no_other_type()
        => Should.Throw<ArgumentException>(() => new StateStorage { Dtype = ScalarType.Int8 }).Message.ShouldContain("float32, float16 or bfloat16, not as Int8");

    private static AttachedModel Attach(ToyModel model, StateStorage storage)
        => AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper, storage: storage);

    private static (float[] End, long Bytes, long Predicted) Run(ToyModel model, Tensor start, StateStorage storage)
    {
        using var attached = Attach(model, storage);
        using var trajectory = new ToyTrajectory(model, start, 6, Guidance.ConditionalFirst);
        var plan = AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, ["full", "wars", "ast", "asc", "wars+asc", "ast"]);
        using var run = attached.BeginRun(plan, new RunRequest(6, Guidance.ConditionalFirst));
        using var noGrad = no_grad();
        for (var step = 0; step < 6; step++)
        {
            using var open = run.Step();
            using var output = trajectory.Predict();
            trajectory.Advance(output);
        }

        using var end = trajectory.Latents();
        return (end.data<float>().ToArray(), run.PeakStateBytes, PlanMemory.Of(plan, attached.Processors, batch: 4, tokens: 32, storage.ElementBytes(4)).PeakBytes);
    }
}
