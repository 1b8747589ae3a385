using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>A picture of 8-bit red, green and blue, row by row from the top.</summary>
public sealed class RgbImage
{
    /// <summary>Makes a picture of one colour.</summary>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="background">Red, green, blue.</param>
    public RgbImage(int width, int height, (byte Red, byte Green, byte Blue) background = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        Width = width;
        Height = height;
        Pixels = new byte[checked(width * height * 3)];
        Fill(0, 0, width, height, background);
    }

    /// <summary>Pixels a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The bytes, three a pixel; may be written to.</summary>
    public Memory<byte> Pixels { get; }

    /// <summary>A picture from a tensor with values in [−1, 1]; what lies outside is clamped.</summary>
    /// <param name="picture"><c>[3, H, W]</c>, any floating dtype and device; stays the caller's.</param>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public static RgbImage FromTensor(Tensor picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.shape is not [3, > 0, > 0])
        {
            throw new ArgumentException($"the picture has shape {SafetensorsTypes.ShapeText(picture.shape)}; it has to be [3, H, W].", nameof(picture));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var bytes = ((picture.to(ScalarType.Float32).clamp(-1, 1) + 1) * 127.5).round().to(ScalarType.Byte)
            .permute(1, 2, 0).cpu().contiguous(); // [3, H, W] -> [H, W, 3]
        var image = new RgbImage((int)picture.shape[2], (int)picture.shape[1]);
        bytes.bytes.CopyTo(image.Pixels.Span);
        return image;
    }

    /// <summary>The picture with values in [−1, 1], as models take it.</summary>
    /// <returns><c>[3, H, W]</c>, float32 on the CPU; the caller owns it.</returns>
    public Tensor ToTensor()
    {
        using var scope = NewDisposeScope();
        var levels = tensor(Pixels.ToArray()).view(Height, Width, 3).permute(2, 0, 1); // [H, W, 3] -> [3, H, W]
        return levels.to(ScalarType.Float32).div_(127.5).sub_(1).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Pictures side by side, row by row.</summary>
    /// <param name="images">Pictures of one size.</param>
    /// <param name="columns">Pictures a row.</param>
    /// <param name="gap">Pixels between pictures and around them.</param>
    /// <param name="background">Colour of the gaps.</param>
    /// <exception cref="ArgumentException">There is no picture, or their sizes differ.</exception>
    public static RgbImage Grid(
        IReadOnlyList<RgbImage> images, int columns, int gap = 2, (byte Red, byte Green, byte Blue) background = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(gap);
        if (images.Count == 0)
        {
            throw new ArgumentException("there are no pictures to lay out.", nameof(images));
        }

        var (width, height) = (images[0].Width, images[0].Height);
        if (images.FirstOrDefault(i => i.Width != width || i.Height != height) is { } other)
        {
            throw new ArgumentException(
                $"the pictures differ in size: {width}×{height} and {other.Width}×{other.Height} pixels; a grid needs one size.", nameof(images));
        }

        var rows = (images.Count + columns - 1) / columns;
        var grid = new RgbImage((columns * (width + gap)) + gap, (rows * (height + gap)) + gap, background);
        for (var i = 0; i < images.Count; i++)
        {
            grid.Paste(images[i], gap + (i % columns * (width + gap)), gap + (i / columns * (height + gap)));
        }

        return grid;
    }

    /// <summary>Copies another picture into this one; what does not fit is cut off.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="left">Column of its left edge, 0 or more.</param>
    /// <param name="top">Row of its upper edge, 0 or more.</param>
    public void Paste(RgbImage image, int left, int top)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        var columns = Math.Min(image.Width, Width - left);
        for (var row = 0; row < Math.Min(image.Height, Height - top) && columns > 0; row++)
        {
            image.Pixels.Span.Slice(row * image.Width * 3, columns * 3).CopyTo(Row(top + row)[(left * 3)..]);
        }
    }

    /// <summary>Paints a rectangle; what lies outside is cut off.</summary>
    /// <param name="left">Column of its left edge, 0 or more.</param>
    /// <param name="top">Row of its upper edge, 0 or more.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="colour">Red, green, blue.</param>
    public void Fill(int left, int top, int width, int height, (byte Red, byte Green, byte Blue) colour)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        for (var row = top; row < Math.Min(top + height, Height); row++)
        {
            var pixels = Row(row);
            for (var column = left; column < Math.Min(left + width, Width); column++)
            {
                (pixels[column * 3], pixels[(column * 3) + 1], pixels[(column * 3) + 2]) = colour;
            }
        }
    }

    /// <summary>Writes the picture as PNG; the file appears whole or not at all.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <param name="texts">Texts by keyword, for example the settings that the picture was made with.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SavePng(string path, IReadOnlyDictionary<string, string>? texts = null)
        => AtomicFile.Write(path, stream => PngWriter.Write(stream, this, texts));

    private Span<byte> Row(int row) => Pixels.Span.Slice(row * Width * 3, Width * 3);
}
