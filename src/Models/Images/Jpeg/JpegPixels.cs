namespace DiTFastAttn.Models.Images.Jpeg;

/// <summary>Makes red, green and blue of a file's components, with libjpeg's and Pillow's arithmetic.</summary>
internal static class JpegPixels
{
    private const int Bits = 16;
    private const int Half = 1 << (Bits - 1);

    /// <summary>Makes the picture.</summary>
    /// <param name="planes">The components, enlarged to the picture's size at least.</param>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="colours">How they make colours.</param>
    /// <param name="isInverted">Whether inks are stored as what they leave, as Adobe's programs do.</param>
    public static RgbImage Make(JpegPlane[] planes, int width, int height, JpegColours colours, bool isInverted)
    {
        var image = new RgbImage(width, height);
        Parallel.For(0, height, row =>
        {
            var target = image.Pixels.Span.Slice(row * width * 3, width * 3);
            var first = planes[0].Row(row);
            var second = planes[Math.Min(1, planes.Length - 1)].Row(row);
            var third = planes[Math.Min(2, planes.Length - 1)].Row(row);
            for (var i = 0; i < width; i++)
            {
                var pixel = target.Slice(i * 3, 3);
                (pixel[0], pixel[1], pixel[2]) = colours is JpegColours.YCbCr or JpegColours.Ycck
                    ? Convert(first[i], second[i] - 128, third[i] - 128)
                    : (first[i], second[i], third[i]);
                if (planes.Length == 4)
                {
                    MixInks(pixel, planes[3].Row(row)[i], isYcck: colours == JpegColours.Ycck, isInverted);
                }
            }
        });
        return image;
    }

    private static (byte Red, byte Green, byte Blue) Convert(int y, int cb, int cr) => (
        Clamp(y + (((Fix(1.402) * cr) + Half) >> Bits)),
        Clamp(y + (((-Fix(0.34414) * cb) + Half - (Fix(0.71414) * cr)) >> Bits)),
        Clamp(y + (((Fix(1.772) * cb) + Half) >> Bits)));

    /// <summary>Cyan, magenta, yellow where red, green, blue will be, and black, as Pillow turns them.</summary>
    private static void MixInks(Span<byte> pixel, byte black, bool isYcck, bool isInverted)
    {
        var white = isInverted ? black : 255 - black;
        foreach (ref var level in pixel)
        {
            var ink = isYcck ? 255 - level : level;
            ink = isInverted ? 255 - ink : ink;
            var product = (ink * white) + 128;
            level = Clamp(white - (((product >> 8) + product) >> 8));
        }
    }

    private static int Fix(double value) => (int)((value * (1 << Bits)) + 0.5);

    private static byte Clamp(int value) => (byte)Math.Clamp(value, 0, 255);
}
