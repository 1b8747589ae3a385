using DiTFastAttn.Models.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

/// <summary>What plan searches ask of a trajectory: model calls block by block, and gradients through its steps.</summary>
public sealed class TrajectoryTests
{
    [Theory]
    [InlineData(1.0, true)]
    [InlineData(3.0, true)]
    [InlineData(3.0, false)]
    public void Taking_all_blocks_gives_the_bits_of_the_whole_call(double guidance, bool conditionalFirst)
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        using var trajectory = Begin(model, guidance, conditionalFirst, Noise());
        using var chain = trajectory.BeginPrediction();

        var tokens = chain.Embed();
        for (var block = 0; block < chain.Blocks; block++)
        {
            tokens = chain.Apply(block, tokens);
        }

        chain.Blocks.ShouldBe(2);
        chain.Finish(tokens).data<float>().ToArray().ShouldBe(trajectory.Predict().data<float>().ToArray());
    }

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(3.0, true)]
    [InlineData(3.0, false)]
    public void Pulling_a_gradient_back_agrees_with_a_small_change(double guidance, bool conditionalFirst)
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        var (noise, direction) = (Noise(), Noise(seed: 8));
        var gradients = new[] { Noise(seed: 9), Noise(seed: 10) };
        using var trajectory = Begin(model, guidance, conditionalFirst, noise);

        var pulled = trajectory.PullBack(0, noise, gradients);

        const double Change = 3e-3;
        var slope = (Next(Change) - Next(-Change)) / (2 * Change);
        for (var i = 0; i < 2; i++)
        {
            var expected = gradients[i].mul(slope).sum().item<float>();
            pulled[i].mul(direction).sum().item<float>().ShouldBe(expected, 0.02f * (1 + Math.Abs(expected)));
        }

        pulled[0].requires_grad.ShouldBeFalse();

        Tensor Next(double change)
        {
            using var moved = Begin(model, guidance, conditionalFirst, noise + (direction * change));
            return moved.Peek(moved.Predict());
        }
    }

    [Fact]
    public void Peeking_leads_where_advancing_does_and_goes_nowhere()
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        using var trajectory = Begin(model, 3, conditionalFirst: true, Noise());
        var output = trajectory.Predict();

        var peeked = trajectory.Peek(output);
        trajectory.StepsTaken.ShouldBe(0);
        trajectory.Advance(output);

        peeked.data<float>().ToArray().ShouldBe(trajectory.Latents().data<float>().ToArray());
    }

    private static Tensor Noise(ulong seed = 7)
    {
        using var generator = new Generator(seed);
        return randn([2, 4, 8, 8], generator: generator);
    }

    private static DiTTrajectory Begin(MetaDiT model, double guidance, bool conditionalFirst, Tensor noise)
        => new DiTSampler(model, new DdimConfig { ClipSample = false }, new DiTSamplingOptions { Steps = 4, GuidanceScale = guidance, ConditionalFirst = conditionalFirst })
            .Begin([1, 2], noise);
}
