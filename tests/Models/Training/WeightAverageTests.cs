using DiTFastAttn.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests.Training;

public class WeightAverageTests
{
    [Theory]
    [InlineData(0, .1)]
    [InlineData(8, .5)]
    [InlineData(1790, .995)]
    [InlineData(100_000, .995)]
    public void The_decay_grows_to_its_limit(int updates, double expected) => WeightAverage.Decay(updates).ShouldBe(expected, 1e-9);

    [Fact]
    public void An_update_moves_the_average_and_not_the_weights()
    {
        using var weight = tensor(new[] { 1f, 2 });
        using var average = new WeightAverage([("w", weight)]);
        using (no_grad())
        {
            weight.fill_(11);
        }

        average.Weights["w"].data<float>().ToArray().ShouldBe([1, 2], "it has a copy");
        average.Update([("w", weight)], updates: 8);

        average.Weights["w"].data<float>().ToArray().ShouldBe([6, 6.5f], 1e-5);
        weight.data<float>().ToArray().ShouldBe([11, 11]);
    }
}
