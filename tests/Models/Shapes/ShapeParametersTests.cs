using DiTFastAttn.Models.Shapes;

namespace DiTFastAttn.Models.Tests.Shapes;

public class ShapeParametersTests
{
    [Fact]
    public void Draws_fill_their_ranges()
    {
        var random = new RandomStream(3);
        var drawn = Enumerable.Range(0, 4000).Select(_ => ShapeParameters.Draw(ref random)).ToArray();

        Check(p => p.Scale, .6, .8);
        Check(p => p.CenterX, -.15, .15);
        Check(p => p.CenterY, -.15, .15);
        Check(p => p.Tilt, -.12, .12);
        Check(p => p.Phase1, 0, 1);
        Check(p => p.Phase2, 0, 1);
        Check(p => p.BrightHue, 0, 1);
        Check(p => p.BrightSaturation, .6, 1);
        Check(p => p.BrightValue, .85, 1);
        Check(p => p.DarkHue, 0, 1);
        Check(p => p.DarkSaturation, .4, .9);
        Check(p => p.DarkValue, .1, .35);
        drawn.Average(p => p.IsDarkOnBright ? 1.0 : 0).ShouldBe(.5, .04);

        void Check(Func<ShapeParameters, float> value, double low, double high)
        {
            var margin = (high - low) / 100;
            drawn.Min(p => (double)value(p)).ShouldBeInRange(low - 1e-6, low + margin);
            drawn.Max(p => (double)value(p)).ShouldBeInRange(high - margin, high + 1e-6);
            drawn.Average(value).ShouldBe((float)((low + high) / 2), (high - low) / 30);
        }
    }
}
