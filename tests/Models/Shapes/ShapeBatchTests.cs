using DiTFastAttn.Models.Shapes;

namespace DiTFastAttn.Models.Tests.Shapes;

public class ShapeBatchTests
{
    [Fact]
    public void The_same_seed_gives_the_same_batch_and_another_does_not()
    {
        using var first = Draw(seed: 7, number: 3);
        using var again = Draw(seed: 7, number: 3);
        using var otherNumber = Draw(seed: 7, number: 4);
        using var otherSeed = Draw(seed: 8, number: 3);

        first.Pictures.shape.ShouldBe([16, 3, 32, 32]);
        first.Pictures.data<float>().ToArray().ShouldBe(again.Pictures.data<float>().ToArray());
        first.Labels.data<long>().ToArray().ShouldBe(again.Labels.data<long>().ToArray());
        first.Pictures.data<float>().ToArray().ShouldNotBe(otherNumber.Pictures.data<float>().ToArray());
        first.Pictures.data<float>().ToArray().ShouldNotBe(otherSeed.Pictures.data<float>().ToArray());
    }

    [Fact]
    public void Labels_are_uniform()
    {
        var random = new RandomStream(1);
        using var batch = ShapeBatch.Draw(5000, 1, ref random);
        var counts = batch.Labels.data<long>().ToArray().CountBy(label => label).ToDictionary();
        counts.Keys.Order().ShouldBe(Enumerable.Range(0, 10).Select(label => (long)label));
        counts.Values.ShouldAllBe(count => count > 400 && count < 600);
    }

    [Fact]
    public void A_batch_holds_each_label_s_picture()
    {
        var random = new RandomStream(2);
        using var batch = ShapeBatch.Draw([6, 9], 16, ref random);

        var same = new RandomStream(2);
        var pixels = new float[2 * 3 * 16 * 16];
        ShapePicture.Render(ShapeClass.Heart, ShapeParameters.Draw(ref same), 16, pixels.AsSpan(0, 768));
        ShapePicture.Render(ShapeClass.Sunset, ShapeParameters.Draw(ref same), 16, pixels.AsSpan(768));
        batch.Pictures.data<float>().ToArray().ShouldBe(pixels);
    }

    private static ShapeBatch Draw(long seed, long number)
    {
        var random = new RandomStream(seed, number);
        return ShapeBatch.Draw(16, 32, ref random);
    }
}
