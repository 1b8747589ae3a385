namespace DiTFastAttn.Models.Shapes;

/// <summary>
/// Computes the pictures that the demo model learns to draw: ten classes of shapes and patterns, from formulas, with
/// anti-aliased edges, at any resolution.
/// </summary>
internal static class ShapePicture
{
    private const float StripePeriod = .5f;
    private const float CheckerPeriod = 1;

    /// <summary>The classes' names in the order of their labels.</summary>
    public static IReadOnlyList<string> Classes { get; } = [.. Enum.GetNames<ShapeClass>().Select(name => name.ToLowerInvariant())];

    /// <summary>Computes a picture.</summary>
    /// <param name="shape">What it shows.</param>
    /// <param name="parameters">What was drawn for it.</param>
    /// <param name="size">Pixels S a side.</param>
    /// <param name="pixels"><c>[3, S, S]</c>, red, green and blue plane, row by row from the top; receives values in [-1, 1].</param>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> has another length than 3·S·S.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class, or the size is below 1.</exception>
    public static void Render(ShapeClass shape, ShapeParameters parameters, int size, Span<float> pixels)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (!Enum.IsDefined(shape))
        {
            throw new ArgumentOutOfRangeException(nameof(shape), shape, $"there are the classes 0 to {Classes.Count - 1}.");
        }

        if (pixels.Length != 3 * size * size)
        {
            throw new ArgumentException($"pixels has {pixels.Length} elements; a picture of {size}x{size} needs {3 * size * size}.", nameof(pixels));
        }

        var scene = new Scene(shape, parameters, 2f / size);
        var plane = size * size;
        for (var row = 0; row < size; row++)
        {
            var y = -1 + ((row + .5f) * scene.Pixel);
            for (var column = 0; column < size; column++)
            {
                var color = scene.ColorAt(-1 + ((column + .5f) * scene.Pixel), y);
                var at = (row * size) + column;
                pixels[at] = (2 * color.Red) - 1;
                pixels[plane + at] = (2 * color.Green) - 1;
                pixels[(2 * plane) + at] = (2 * color.Blue) - 1;
            }
        }
    }

    /// <summary>Everything of a picture that does not change from pixel to pixel.</summary>
    private readonly struct Scene
    {
        private readonly ShapeClass _shape;
        private readonly ShapeParameters _drawn;
        private readonly float _cosine;
        private readonly float _sine;
        private readonly RgbColor _foreground;
        private readonly RgbColor _background;
        private readonly Sunset _sunset;

        public Scene(ShapeClass shape, ShapeParameters drawn, float pixel)
        {
            _shape = shape;
            _drawn = drawn;
            Pixel = pixel;
            (_sine, _cosine) = MathF.SinCos(drawn.Tilt);
            var bright = RgbColor.FromHsv(drawn.BrightHue, drawn.BrightSaturation, drawn.BrightValue);
            var dark = RgbColor.FromHsv(drawn.DarkHue, drawn.DarkSaturation, drawn.DarkValue);
            (_foreground, _background) = drawn.IsDarkOnBright ? (dark, bright) : (bright, dark);
            _sunset = new Sunset(drawn);
        }

        /// <summary>Width of a pixel.</summary>
        public float Pixel { get; }

        public RgbColor ColorAt(float x, float y) => _shape switch
        {
            ShapeClass.Stripes => _background.Towards(_foreground, StripesAt(x, y)),
            ShapeClass.Checkerboard => _background.Towards(_foreground, CheckerboardAt(x, y)),
            ShapeClass.Sunset => SunsetAt(x, y),
            _ => _background.Towards(_foreground, ShapeAt(x, y)),
        };

        private float ShapeAt(float x, float y)
        {
            var right = (x - _drawn.CenterX) / _drawn.Scale;
            var down = (y - _drawn.CenterY) / _drawn.Scale;
            var distance = SignedDistance.To(_shape, (right * _cosine) + (down * _sine), (down * _cosine) - (right * _sine));
            return Coverage(_drawn.Scale * distance);
        }

        private float StripesAt(float x, float y)
            => Coverage(SignedDistance.Triangles((x + y) / MathF.Sqrt(2), StripePeriod, _drawn.Phase1));

        private float CheckerboardAt(float x, float y)
        {
            var across = Coverage(SignedDistance.Triangles(x, CheckerPeriod, _drawn.Phase1));
            var down = Coverage(SignedDistance.Triangles(y, CheckerPeriod, _drawn.Phase2));
            return across + down - (2 * across * down);
        }

        private RgbColor SunsetAt(float x, float y)
        {
            var height = Math.Clamp((y + 1) / (_sunset.Horizon + 1), 0, 1);
            var sky = _sunset.Zenith.Towards(_sunset.Glow, height);
            var toSun = SignedDistance.Length(x - _sunset.SunX, y - _sunset.SunY) - _sunset.SunRadius;
            return sky.Towards(_sunset.Sun, Coverage(toSun)).Towards(_sunset.Ground, Coverage(_sunset.Horizon - y));
        }

        /// <summary>How much of a pixel is covered, by the distance of its middle to the edge: smooth over two pixels.</summary>
        private float Coverage(float distance)
        {
            var k = Math.Clamp((Pixel - distance) / (2 * Pixel), 0, 1);
            return k * k * (3 - (2 * k));
        }
    }

    private readonly struct Sunset(ShapeParameters drawn)
    {
        public readonly float Horizon = .3f + (.2f * drawn.Phase1);
        public readonly float SunX = 2 * drawn.CenterX;
        public readonly float SunY = .3f + (.2f * drawn.Phase1) - .1f - drawn.CenterY;
        public readonly float SunRadius = .5f * drawn.Scale;
        public readonly RgbColor Zenith = RgbColor.FromHsv(.55f + (.25f * drawn.DarkHue), .7f, .1f + drawn.DarkValue);
        public readonly RgbColor Glow = RgbColor.FromHsv(.12f * drawn.BrightHue, .9f, 1);
        public readonly RgbColor Sun = RgbColor.FromHsv(.1f + (.07f * drawn.BrightHue), .35f, 1);
        public readonly RgbColor Ground = RgbColor.FromHsv(drawn.DarkHue, .6f, .15f);
    }
}
