using System.Globalization;
using System.Runtime.InteropServices;

namespace DiTFastAttn.Cli.Drawing;

/// <summary>A colour.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Rgb(byte Red, byte Green, byte Blue)
{
    public static Rgb White { get; } = new(255, 255, 255);

    /// <summary>Text.</summary>
    public static Rgb Ink { get; } = new(0x22, 0x22, 0x22);

    /// <summary>Text of less weight.</summary>
    public static Rgb PaleInk { get; } = new(0x66, 0x66, 0x66);

    /// <summary>Reads <c>0072b2</c>.</summary>
    public static Rgb Parse(string hex)
    {
        var value = int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return new Rgb((byte)(value >> 16), (byte)(value >> 8), (byte)value);
    }

    /// <summary>A colour by hue, saturation and lightness (HSL).</summary>
    /// <param name="hue">In degrees: 0 red, 120 green, 240 blue.</param>
    /// <param name="saturation">0 grey to 1.</param>
    /// <param name="lightness">0 black to 1 white.</param>
    public static Rgb OfHue(double hue, double saturation, double lightness)
    {
        return new Rgb(Channel(0), Channel(8), Channel(4));

        byte Channel(int offset)
        {
            var k = (offset + (hue / 30)) % 12;
            var reach = saturation * Math.Min(lightness, 1 - lightness);
            return (byte)Math.Round(255 * (lightness - (reach * Math.Clamp(Math.Min(k - 3, 9 - k), -1, 1))));
        }
    }

    /// <summary>This colour over another one.</summary>
    /// <param name="below">What lies below.</param>
    /// <param name="coverage">0 shows only what lies below, 1 only this.</param>
    public Rgb Over(Rgb below, double coverage)
    {
        return new Rgb(Mix(Red, below.Red), Mix(Green, below.Green), Mix(Blue, below.Blue));

        byte Mix(byte above, byte under) => (byte)Math.Round(under + ((above - under) * coverage));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{Red:x2}{Green:x2}{Blue:x2}");
}
