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
}
