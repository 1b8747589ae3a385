namespace DiTFastAttn.Models.Shapes;

/// <summary>A colour, every channel in [0, 1].</summary>
internal readonly record struct RgbColor(float Red, float Green, float Blue)
{
    /// <summary>A colour by hue, saturation and value, each in [0, 1].</summary>
    public static RgbColor FromHsv(float hue, float saturation, float value)
    {
        return new RgbColor(Channel(5), Channel(3), Channel(1));

        float Channel(int offset)
        {
            var k = (offset + (6 * hue)) % 6;
            return value - (value * saturation * Math.Max(0, Math.Min(Math.Min(k, 4 - k), 1)));
        }
    }

    /// <summary>This colour at 0, <paramref name="other"/> at 1, linear in between.</summary>
    public RgbColor Towards(RgbColor other, float amount) => new(
        Red + (amount * (other.Red - Red)),
        Green + (amount * (other.Green - Green)),
        Blue + (amount * (other.Blue - Blue)));
}
