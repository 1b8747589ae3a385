using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// The picture sizes that PixArt was trained on, as diffusers' pipelines bin them: a wished size becomes the trained size of the nearest aspect
/// ratio, and the picture is brought to the wished size at the end.
/// </summary>
public static class AspectRatioBins
{
    private const int LargestSample = 256;

    /// <summary>Height and width in units of half a sample's cells, in the order that decides ties.</summary>
    private static readonly Bin[] Bins =
    [
        new(0.25, 8, 32), new(0.26, 8, 31, Only2K: true), new(0.27, 8, 30, Only2K: true), new(0.28, 8, 29), new(0.32, 9, 28), new(0.33, 9, 27),
        new(0.35, 9, 26), new(0.4, 10, 25), new(0.42, 10, 24), new(0.48, 11, 23), new(0.5, 11, 22), new(0.52, 11, 21), new(0.57, 12, 21),
        new(0.6, 12, 20), new(0.68, 13, 19), new(0.72, 13, 18), new(0.78, 14, 18), new(0.82, 14, 17), new(0.88, 15, 17), new(0.94, 15, 16),
        new(1.0, 16, 16), new(1.07, 16, 15), new(1.13, 17, 15), new(1.21, 17, 14), new(1.29, 18, 14), new(1.38, 18, 13), new(1.46, 19, 13),
        new(1.67, 20, 12), new(1.75, 21, 12), new(2.0, 22, 11), new(2.09, 23, 11), new(2.4, 24, 10), new(2.5, 25, 10),
        new(2.89, 26, 9, Only2K: true), new(3.0, 27, 9), new(3.11, 28, 9, Only2K: true), new(3.62, 29, 8, Only2K: true),
        new(3.75, 30, 8, Only2K: true), new(3.88, 31, 8, Only2K: true), new(4.0, 32, 8),
    ];

    /// <summary>The sample sizes that have bins: 256, 512, 1024 and 2048 pixels.</summary>
    public static IReadOnlyList<int> SampleSizes { get; } = [32, 64, 128, LargestSample];

    /// <summary>The bins of a model.</summary>
    /// <param name="sampleSize">The model's sample size, in latent cells.</param>
    /// <returns>Aspect ratio (height over width), height and width in pixels.</returns>
    /// <exception cref="ArgumentException">There are no bins for this size.</exception>
    public static IReadOnlyList<(double Ratio, int Height, int Width)> Of(int sampleSize)
    {
        if (!SampleSizes.Contains(sampleSize))
        {
            throw new ArgumentException(
                $"sample_size {sampleSize}: there are no aspect-ratio bins for it, only for {string.Join(", ", SampleSizes)}.", nameof(sampleSize));
        }

        var unit = sampleSize / 2;
        return [.. Bins.Where(bin => !bin.Only2K || sampleSize == LargestSample).Select(bin => (bin.Ratio, bin.Rows * unit, bin.Columns * unit))];
    }

    /// <summary>The trained size of the nearest aspect ratio; the first one wins a tie.</summary>
    /// <param name="sampleSize">The model's sample size, in latent cells.</param>
    /// <param name="height">Wished height in pixels.</param>
    /// <param name="width">Wished width in pixels.</param>
    /// <exception cref="ArgumentException">There are no bins for this sample size.</exception>
    public static (int Height, int Width) Nearest(int sampleSize, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var wished = (double)height / width;
        var (_, binHeight, binWidth) = Of(sampleSize).MinBy(bin => Math.Abs(bin.Ratio - wished));
        return (binHeight, binWidth);
    }

    /// <summary>
    /// Brings pictures to a size without distorting them: enlarged or reduced until they cover it (bilinear, without antialiasing), then cut from
    /// the centre.
    /// </summary>
    /// <param name="pictures"><c>[B, C, H, W]</c>; stay the caller's.</param>
    /// <param name="height">New height in pixels.</param>
    /// <param name="width">New width in pixels.</param>
    /// <returns><c>[B, C, height, width]</c>; the caller owns them.</returns>
    public static Tensor ResizeAndCrop(Tensor pictures, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var (rows, columns) = (pictures.shape[2], pictures.shape[3]);
        if (rows == height && columns == width)
        {
            return pictures.alias();
        }

        var ratio = Math.Max((double)height / rows, (double)width / columns);
        var (newRows, newColumns) = (Math.Max((long)(rows * ratio), height), Math.Max((long)(columns * ratio), width));
        using var resized = nn.functional.interpolate(pictures, [newRows, newColumns], mode: InterpolationMode.Bilinear, align_corners: false);
        using var cutRows = resized.narrow(2, (newRows - height) / 2, height);
        using var cut = cutRows.narrow(3, (newColumns - width) / 2, width);
        return cut.contiguous();
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Bin(double Ratio, int Rows, int Columns, bool Only2K = false);
}
