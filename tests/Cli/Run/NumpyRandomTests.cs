using DiTFastAttn.Cli.Run;

namespace DiTFastAttn.Cli.Tests.Run;

/// <summary>Recorded answers of NumPy's generator.</summary>
public sealed class NumpyRandomTests
{
    [Theory]
    [InlineData(0u, 10, new[] { 5, 0, 3, 3, 7 })]
    [InlineData(42u, 100, new[] { 51, 92, 14, 71, 60 })]
    [InlineData(3u, 1000, new[] { 874, 664, 249, 643, 952, 968 })]
    [InlineData(7u, 1, new[] { 0, 0 })]
    public void Randint_gives_what_NumPy_gives(uint seed, int below, int[] expected)
    {
        var random = new NumpyRandom(seed);
        Enumerable.Range(0, expected.Length).Select(_ => random.NextBelow(below)).ShouldBe(expected);
    }

    [Fact]
    public void The_state_is_twisted_anew_when_it_is_used_up()
    {
        var random = new NumpyRandom(3);
        for (var i = 0; i < 700; i++)
        {
            random.NextBelow(1000);
        }

        Enumerable.Range(0, 6).Select(_ => random.NextBelow(202_654)).ShouldBe([183034, 68116, 72404, 159224, 170664, 171659]);
    }
}
