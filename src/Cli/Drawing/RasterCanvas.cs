using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Drawing;

/// <summary>Draws pixels: rectangles, pictures, and text in the <see cref="StrokeFont"/>.</summary>
internal sealed class RasterCanvas : ICanvas
{
    private readonly double _scale;
    private readonly RgbImage _image;

    /// <summary>An empty white canvas.</summary>
    /// <param name="width">Width in drawing units.</param>
    /// <param name="height">Height in drawing units.</param>
    /// <param name="scale">Pixels a drawing unit.</param>
    public RasterCanvas(double width, double height, double scale)
    {
        _scale = scale;
        _image = new RgbImage((int)Math.Ceiling(width * scale), (int)Math.Ceiling(height * scale), (255, 255, 255));
    }

    /// <inheritdoc/>
    public void Fill(double x, double y, double width, double height, Rgb colour)
    {
        var (left, top) = ((int)Math.Round(x * _scale), (int)Math.Round(y * _scale));
        _image.Fill(
            left, top, (int)Math.Round((x + width) * _scale) - left, (int)Math.Round((y + height) * _scale) - top, (colour.Red, colour.Green, colour.Blue));
    }

    /// <summary>Copies a picture, every pixel of it a square.</summary>
    /// <param name="x">Left edge in drawing units.</param>
    /// <param name="y">Upper edge in drawing units.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="magnification">Side of a square in drawing units.</param>
    public void Picture(double x, double y, RgbImage picture, double magnification)
    {
        var pixels = picture.Pixels.Span;
        for (var row = 0; row < picture.Height; row++)
        {
            for (var column = 0; column < picture.Width; column++)
            {
                var p = pixels.Slice(((row * picture.Width) + column) * 3, 3);
                Fill(x + (column * magnification), y + (row * magnification), magnification, magnification, new Rgb(p[0], p[1], p[2]));
            }
        }
    }

    /// <inheritdoc/>
    public void Line(double x0, double y0, double x1, double y1, double width, Rgb colour)
    {
        var coverage = new Dictionary<(int X, int Y), double>();
        Stroke(coverage, width * _scale / 2, (x0 * _scale, y0 * _scale), (x1 * _scale, y1 * _scale));
        Paint(coverage, colour);
    }

    /// <summary>Writes the pixels as PNG; the file appears whole or not at all.</summary>
    public void WritePng(string path) => _image.SavePng(path);

    /// <inheritdoc/>
    public void Text(string text, double x, double y, double size, Rgb colour, TextAnchor anchor = TextAnchor.Start, bool upwards = false)
    {
        var shift = StrokeFont.Width(text, size) * anchor switch { TextAnchor.Start => 0, TextAnchor.Middle => -0.5, _ => -1 };
        var radius = StrokeFont.StrokeWidth(size) * _scale / 2;

        // The coverage of the whole text first: strokes that cross must not darken each other's edges twice.
        var coverage = new Dictionary<(int X, int Y), double>();
        foreach (var (x0, y0, x1, y1) in StrokeFont.Segments(text, size))
        {
            Stroke(coverage, radius, Place(x0, y0), Place(x1, y1));
        }

        Paint(coverage, colour);

        (double X, double Y) Place(double along, double across)
            => upwards ? ((x + across) * _scale, (y - along - shift) * _scale) : ((x + along + shift) * _scale, (y + across) * _scale);
    }

    private Rgb this[int x, int y]
    {
        get
        {
            var p = _image.Pixels.Span.Slice(((y * _image.Width) + x) * 3, 3);
            return new Rgb(p[0], p[1], p[2]);
        }

        set
        {
            var p = _image.Pixels.Span.Slice(((y * _image.Width) + x) * 3, 3);
            (p[0], p[1], p[2]) = (value.Red, value.Green, value.Blue);
        }
    }

    private void Paint(Dictionary<(int X, int Y), double> coverage, Rgb colour)
    {
        foreach (var (pixel, value) in coverage)
        {
            this[pixel.X, pixel.Y] = colour.Over(this[pixel.X, pixel.Y], value);
        }
    }

    /// <summary>Coverage of a line with round ends: by the distance of each pixel's centre from it.</summary>
    private void Stroke(Dictionary<(int X, int Y), double> coverage, double radius, (double X, double Y) from, (double X, double Y) to)
    {
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var squaredLength = (dx * dx) + (dy * dy);
        var reach = radius + 1;
        var bottom = Math.Min(_image.Height - 1, (int)Math.Ceiling(Math.Max(from.Y, to.Y) + reach));
        var right = Math.Min(_image.Width - 1, (int)Math.Ceiling(Math.Max(from.X, to.X) + reach));
        for (var y = Math.Max(0, (int)(Math.Min(from.Y, to.Y) - reach)); y <= bottom; y++)
        {
            for (var x = Math.Max(0, (int)(Math.Min(from.X, to.X) - reach)); x <= right; x++)
            {
                var (px, py) = (x + 0.5 - from.X, y + 0.5 - from.Y);
                var along = squaredLength == 0 ? 0 : Math.Clamp(((px * dx) + (py * dy)) / squaredLength, 0, 1);
                var value = Math.Clamp(radius + 0.5 - double.Hypot(px - (along * dx), py - (along * dy)), 0, 1);
                if (value > coverage.GetValueOrDefault((x, y)))
                {
                    coverage[(x, y)] = value;
                }
            }
        }
    }
}
