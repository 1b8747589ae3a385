using DiTFastAttn.Models.Training;

namespace DiTFastAttn.Models.Tests.Training;

public class CosineScheduleTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(.005, .5)]
    [InlineData(.5, .5)]
    [InlineData(.25, .853553)]
    [InlineData(1, 0)]
    public void The_rate_rises_and_then_follows_half_a_cosine(double progress, double expected)
        => CosineSchedule.At(progress, warmUp: .01).ShouldBe(expected, 1e-4);

    [Fact]
    public void Without_warm_up_it_begins_at_the_top() => CosineSchedule.At(0, 0).ShouldBe(1);

    [Fact]
    public void Progress_counts_pixels_and_ends_below_one()
    {
        var recipe = new TrainingRecipe { Stages = [new(32, 100, 8), new(64, 50, 4)] };
        // 100 steps of 8·32² pixels, then 50 of 4·64²: the same amount of pixels in both halves.
        recipe.StageOf(99).Size.ShouldBe(32);
        recipe.StageOf(100).Size.ShouldBe(64);
        recipe.StageOf(1000).Size.ShouldBe(64);
        recipe.ProgressAt(0).ShouldBe(.0025, 1e-9);
        recipe.ProgressAt(100).ShouldBe(.505, 1e-9);
        recipe.ProgressAt(149).ShouldBe(.995, 1e-9);
    }
}
