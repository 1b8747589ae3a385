namespace DiTFastAttn.Models;

/// <summary>
/// Resizing of 8-bit pictures as the Python library Pillow does it, grey level for grey level: a pass over the rows, then one over the columns,
/// each rounded to 8 bits, with weights of 22 binary places.
/// </summary>
internal static class PillowResize
{
    private const int WeightBits = 32 - 8 - 2;
    private const int Channels = 3;

    /// <summary>Bicubic (a = −0.5), widened when it makes the picture smaller, so that nothing is skipped.</summary>
    /// <param name="image">The picture; stays unchanged.</param>
    /// <param name="width">Pixels a row of the result.</param>
    /// <param name="height">Rows of the result.</param>
    public static RgbImage Bicubic(RgbImage image, int width, int height) => Resize(image, width, height, 2, Cubic);

    /// <summary>Bilinear, widened when it makes the picture smaller.</summary>
    /// <inheritdoc cref="Bicubic"/>
    public static RgbImage Bilinear(RgbImage image, int width, int height) => Resize(image, width, height, 1, x => Math.Max(0, 1 - Math.Abs(x)));

    /// <summary>Brought to the size bicubically with its own ratio kept; what stands over on two sides is cut off evenly.</summary>
    /// <inheritdoc cref="Bicubic"/>
    public static RgbImage Fill(RgbImage image, int width, int height)
    {
        var (byRows, byColumns) = ((double)height / image.Height, (double)width / image.Width);
        var isTooWide = byRows > byColumns;
        var (wide, high) = isTooWide ? ((int)Math.Round(image.Width * byRows), height) : (width, (int)Math.Round(image.Height * byColumns));
        var resized = Bicubic(image, wide, high);
        var (left, top) = isTooWide ? ((int)Math.Round((wide - width) / 2.0), 0) : (0, (int)Math.Round((high - height) / 2.0));
        var result = new RgbImage(width, height);
        for (var row = 0; row < height; row++)
        {
            resized.Pixels.Span.Slice((((row + top) * wide) + left) * Channels, width * Channels).CopyTo(result.Pixels.Span[(row * width * Channels)..]);
        }

        return result;
    }

    private static RgbImage Resize(RgbImage image, int width, int height, double support, Func<double, double> filter)
    {
        var rows = width == image.Width ? image : Horizontal(image, width, Window.For(image.Width, width, support, filter));
        return height == image.Height ? rows : Vertical(rows, height, Window.For(image.Height, height, support, filter));
    }

    private static RgbImage Horizontal(RgbImage image, int width, Window[] windows)
    {
        var result = new RgbImage(width, image.Height);
        Parallel.For(0, image.Height, y =>
        {
            var source = image.Pixels.Span.Slice(y * image.Width * Channels, image.Width * Channels);
            var target = result.Pixels.Span.Slice(y * width * Channels, width * Channels);
            for (var x = 0; x < width; x++)
            {
                for (var channel = 0; channel < Channels; channel++)
                {
                    target[(x * Channels) + channel] = windows[x].Apply(source, channel, Channels);
                }
            }
        });
        return result;
    }

    private static RgbImage Vertical(RgbImage image, int height, Window[] windows)
    {
        var result = new RgbImage(image.Width, height);
        var stride = image.Width * Channels;
        Parallel.For(0, height, y =>
        {
            var target = result.Pixels.Span.Slice(y * stride, stride);
            for (var x = 0; x < stride; x++)
            {
                target[x] = windows[y].Apply(image.Pixels.Span, x, stride);
            }
        });
        return result;
    }

    private static double Cubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        return x switch
        {
            < 1 => ((((A + 2) * x) - (A + 3)) * x * x) + 1,
            < 2 => ((((x - 5) * x) + 8) * x - 4) * A,
            _ => 0,
        };
    }

    /// <summary>The pixels that one pixel of the result comes from, and their weights.</summary>
    private sealed record Window(int First, int[] Weights)
    {
        public static Window[] For(int from, int to, double support, Func<double, double> filter)
        {
            var scale = (double)from / to;
            var widening = Math.Max(scale, 1);
            var (reach, narrowing) = (support * widening, 1 / widening);
            return [.. Enumerable.Range(0, to).Select(i => At((i + 0.5) * scale, from, reach, x => filter(x * narrowing)))];
        }

        public byte Apply(ReadOnlySpan<byte> source, int offset, int stride)
        {
            var sum = 1 << (WeightBits - 1);
            for (var i = 0; i < Weights.Length; i++)
            {
                sum += source[offset + ((First + i) * stride)] * Weights[i];
            }

            return (byte)Math.Clamp(sum >> WeightBits, 0, 255);
        }

        private static Window At(double center, int from, double reach, Func<double, double> filter)
        {
            var first = Math.Max((int)(center - reach + 0.5), 0);
            var end = Math.Min((int)(center + reach + 0.5), from);
            var weights = new double[end - first];
            for (var i = 0; i < weights.Length; i++)
            {
                weights[i] = filter(i + first - center + 0.5);
            }

            var sum = weights.Sum();
            return new Window(first, [.. weights.Select(w => Fixed(sum == 0 ? w : w / sum))]);
        }

        private static int Fixed(double weight) => (int)((weight * (1 << WeightBits)) + (weight < 0 ? -0.5 : 0.5));
    }
}
