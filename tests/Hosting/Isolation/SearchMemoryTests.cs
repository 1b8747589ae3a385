using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests.Isolation;

/// <summary>What a search holds.</summary>
[Collection(nameof(CountsHandles))]
public sealed class SearchMemoryTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    public void Reusing_blocks_holds_a_few_tensors_more_whatever_the_number_of_blocks(int depth)
    {
        manual_seed(1);
        using var start = randn(2, 32, 16);
        using var model = new ToyModel(depth);
        using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        long held = 0;
        var options = new GreedySearchOptions { Threshold = 0.3, Loss = new PlanLoss("held", Held) };

        long whole = Most(options with { ReusesBlocks = false });
        long reused = Most(options);

        // The tokens before the block and behind it, the chain's own few, and the fork's handles on every site's residual and output, of which only those
        // of the block are not shared.
        reused.ShouldBeLessThanOrEqualTo(whole + 6 + (2 * depth));

        long Most(GreedySearchOptions options)
        {
            held = 0;
            using var trajectory = new ToyTrajectory(model, start, 4, Guidance.ConditionalFirst);
            GreedyPlanSearch.Search(attached, trajectory, options);
            return held;
        }

        // Seen at every trial, when most is held; the losses themselves do not matter.
        double Held(Tensor reference, Tensor tried)
        {
            held = Math.Max(held, Tensor.TotalCount);
            return PlanLoss.Official.Between(reference, tried);
        }
    }
}
