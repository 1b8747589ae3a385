using DiTFastAttn.Models.Shapes;
using DiTFastAttn.Models.Training;

namespace DiTFastAttn.Models.Tests.Training;

public class StratifiedTimestepsTests
{
    [Fact]
    public void Half_of_a_batch_covers_everything_and_half_the_middle()
    {
        for (var step = 0; step < 50; step++)
        {
            var random = new RandomStream(4, step);
            var timesteps = StratifiedTimesteps.Draw(32, ref random);
            for (var i = 0; i < 16; i++)
            {
                timesteps[i].ShouldBeInRange((int)(i * 62.5), (int)((i + 1) * 62.5));
                timesteps[16 + i].ShouldBeInRange(300 + (int)(i * 37.5), 300 + (int)((i + 1) * 37.5));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    public void All_lie_in_the_process_and_differ_from_step_to_step(int batch)
    {
        var random = new RandomStream(1);
        var first = StratifiedTimesteps.Draw(batch, ref random);
        first.Length.ShouldBe(batch);
        first.ShouldAllBe(t => t >= 0 && t < 1000);
        StratifiedTimesteps.Draw(batch, ref random).ShouldNotBe(first);
    }
}
