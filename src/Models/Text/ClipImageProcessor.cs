using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// Makes pictures into what <see cref="ClipVisionModel"/> takes: the shortest edge resized (bicubic, as Pillow), the centre cropped, zeros where
/// the picture is smaller, then scaled to 0 to 1 and normalised a channel. The defaults are CLIP's.
/// </summary>
public sealed record ClipImageProcessor
{
    private const string What = "CLIP image processor";
    private const int LargestEdge = 1 << 14;
    private const int Bicubic = 3;
    private const int Bilinear = 2;

    /// <summary>Whether the picture is resized (<c>do_resize</c>).</summary>
    public bool DoResize { get; init; } = true;

    /// <summary>Length of the shortest edge behind resizing, in pixels (<c>size.shortest_edge</c>).</summary>
    public int ShortestEdge { get; init; } = 224;

    /// <summary>Whether resizing is bilinear (<c>resample</c> 2); else it is bicubic (3).</summary>
    public bool IsBilinear { get; init; }

    /// <summary>Whether the centre is cropped (<c>do_center_crop</c>).</summary>
    public bool DoCenterCrop { get; init; } = true;

    /// <summary>Rows of the crop (<c>crop_size.height</c>).</summary>
    public int CropHeight { get; init; } = 224;

    /// <summary>Columns of the crop (<c>crop_size.width</c>).</summary>
    public int CropWidth { get; init; } = 224;

    /// <summary>What grey levels are multiplied by (<c>rescale_factor</c>); 1 without <c>do_rescale</c>.</summary>
    public double RescaleFactor { get; init; } = 1.0 / 255;

    /// <summary>Mean a channel (<c>image_mean</c>), 0 without <c>do_normalize</c>.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0.48145466, 0.4578275, 0.40821073];

    /// <summary>Standard deviation a channel (<c>image_std</c>), 1 without <c>do_normalize</c>.</summary>
    public IReadOnlyList<double> Std { get; init; } = [0.26862954, 0.26130258, 0.27577711];

    /// <summary>Reads a <c>preprocessor_config.json</c>. Unknown keys are ignored, absent ones take the defaults.</summary>
    /// <param name="json">A JSON object.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static ClipImageProcessor Parse(string json)
    {
        using var config = ConfigJson.Parse(json, What);
        var defaults = new ClipImageProcessor();
        var normalizes = config.Bool("do_normalize", otherwise: true);
        var crop = config.SizeOf("crop_size", "height", "width");
        var result = new ClipImageProcessor
        {
            DoResize = config.Bool("do_resize", otherwise: true),
            ShortestEdge = config.SizeOf("size", "shortest_edge")?[0] ?? defaults.ShortestEdge,
            IsBilinear = config.Int("resample", Bicubic) is var resample && resample == Bilinear,
            DoCenterCrop = config.Bool("do_center_crop", otherwise: true),
            CropHeight = crop?[0] ?? defaults.CropHeight,
            CropWidth = crop?[^1] ?? defaults.CropWidth,
            RescaleFactor = config.Bool("do_rescale", otherwise: true) ? config.Double("rescale_factor", defaults.RescaleFactor) : 1,
            Mean = normalizes ? config.Doubles("image_mean") ?? defaults.Mean : [0, 0, 0],
            Std = normalizes ? config.Doubles("image_std") ?? defaults.Std : [1, 1, 1],
        };
        ConfigChecks.Require(resample is Bilinear or Bicubic, What, "resample", resample, "3 (bicubic) or 2 (bilinear)");
        result.Validate();
        return result;
    }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        ConfigChecks.Between(What, "size", ShortestEdge, 1, LargestEdge);
        ConfigChecks.Between(What, "crop_size", CropHeight, 1, LargestEdge);
        ConfigChecks.Between(What, "crop_size", CropWidth, 1, LargestEdge);
        ConfigChecks.Require(double.IsFinite(RescaleFactor), What, "rescale_factor", RescaleFactor, "a number");
        ConfigChecks.Require(Mean is { Count: 3 } && Mean.All(double.IsFinite), What, "image_mean", string.Join(", ", Mean), "three numbers");
        ConfigChecks.Require(Std is { Count: 3 } && Std.All(s => double.IsFinite(s) && s != 0), What, "image_std", string.Join(", ", Std), "three numbers that are not 0");
    }

    /// <summary>Prepares a picture.</summary>
    /// <param name="image">The picture; stays unchanged.</param>
    /// <param name="crop">Which implementation the centre crop follows.</param>
    /// <returns><c>[1, 3, H, W]</c>, float32; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The picture is so long and narrow that it would become too large.</exception>
    public Tensor Process(RgbImage image, ClipImageCrop crop = ClipImageCrop.Pillow)
    {
        ArgumentNullException.ThrowIfNull(image);
        var resized = DoResize ? Resize(image) : image;
        var cropped = DoCenterCrop ? CropCenter(resized, crop) : resized;
        using var scope = NewDisposeScope();
        var levels = tensor(cropped.Pixels.ToArray()).view(1, cropped.Height, cropped.Width, 3).permute(0, 3, 1, 2); // [1, H, W, 3] -> [1, 3, H, W]
        var scaled = levels.to(ScalarType.Float32).mul_(RescaleFactor);
        return scaled.sub_(Channel(Mean)).div_(Channel(Std)).contiguous().MoveToOuterDisposeScope();
    }

    private static Tensor Channel(IReadOnlyList<double> values) => tensor(values.Select(v => (float)v).ToArray()).view(1, 3, 1, 1);

    private RgbImage Resize(RgbImage image)
    {
        var (shortest, longest) = (Math.Min(image.Width, image.Height), Math.Max(image.Width, image.Height));
        var other = (long)ShortestEdge * longest / shortest;
        if (other > LargestEdge)
        {
            throw new ArgumentException(
                $"a picture of {image.Width} x {image.Height} with its shortest edge resized to {ShortestEdge} has one of {other}; at most {LargestEdge} is taken.",
                nameof(image));
        }

        var (width, height) = image.Width <= image.Height ? (ShortestEdge, (int)other) : ((int)other, ShortestEdge);
        return IsBilinear ? PillowResize.Bilinear(image, width, height) : PillowResize.Bicubic(image, width, height);
    }

    private RgbImage CropCenter(RgbImage image, ClipImageCrop crop)
    {
        var (left, top) = (Start(image.Width, CropWidth, crop), Start(image.Height, CropHeight, crop));
        var result = new RgbImage(CropWidth, CropHeight);
        var columns = Math.Min(image.Width, CropWidth);
        for (var y = 0; y < Math.Min(image.Height, CropHeight); y++)
        {
            var from = image.Pixels.Span.Slice((((y + Math.Max(top, 0)) * image.Width) + Math.Max(left, 0)) * 3, columns * 3);
            from.CopyTo(result.Pixels.Span[((((y + Math.Max(-top, 0)) * CropWidth) + Math.Max(-left, 0)) * 3)..]);
        }

        return result;
    }

    /// <summary>Where the crop begins, in pixels of the picture; negative where the picture is smaller.</summary>
    private static int Start(int size, int cropped, ClipImageCrop crop)
        => size >= cropped ? (size - cropped) / 2 : -((cropped - size + (crop == ClipImageCrop.Pillow ? 1 : 0)) / 2);
}
