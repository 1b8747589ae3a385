using DiTFastAttn.Models.Shapes;

namespace DiTFastAttn.Models.Tests.Shapes;

public class RandomStreamTests
{
    [Fact]
    public void Streams_of_neighbouring_numbers_share_no_value()
    {
        var seen = new HashSet<ulong>();
        for (var number = 0; number < 50; number++)
        {
            var random = new RandomStream(0, number);
            for (var i = 0; i < 200; i++)
            {
                seen.Add(random.NextBits()).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void Numbers_are_uniform()
    {
        var random = new RandomStream(11);
        var values = Enumerable.Range(0, 20000).Select(_ => random.NextUniform()).ToArray();
        values.ShouldAllBe(value => value >= 0 && value < 1);
        values.Average().ShouldBe(.5, .01);
        values.Average(value => (value - .5) * (value - .5)).ShouldBe(1 / 12.0, .002);
    }
}
