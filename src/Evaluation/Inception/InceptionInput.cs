using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation;

/// <summary>Prepares pictures for the FID network.</summary>
public static class InceptionInput
{
    /// <summary>Pixels a side that the network takes.</summary>
    public const int Size = 299;

    /// <summary>Resizes and normalises pictures.</summary>
    /// <param name="images"><c>[B, 3, H, W]</c>, 0 to 255, of any dtype; stays the caller's.</param>
    /// <param name="frontEnd">Whose way.</param>
    /// <returns><c>[B, 3, 299, 299]</c>, float32, about −1 to 1; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public static Tensor Prepare(Tensor images, InceptionFrontEnd frontEnd)
    {
        Check(images);
        using var scope = NewDisposeScope();
        var levels = images.to(ScalarType.Float32);
        var input = frontEnd == InceptionFrontEnd.PytorchFid
            ? (Bilinear(levels / 255) * 2) - 1
            : (BilinearLikeTensorFlow1(levels) - 128) / 128;
        return input.MoveToOuterDisposeScope();
    }

    /// <summary>What DiTFastAttn's program writes to its PNG files: truncated to bytes, not rounded.</summary>
    /// <param name="images"><c>[B, H, W, 3]</c>, floating, 0 to 1; stays the caller's.</param>
    /// <returns><c>[B, 3, H, W]</c>, uint8; the caller owns it.</returns>
    public static Tensor Truncate(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = NewDisposeScope();
        return (images * 255).to(ScalarType.Byte).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope(); // [B, H, W, 3] -> [B, 3, H, W]
    }

    /// <summary>What DiTFastAttn's program does to the bytes before the Inception Score: bilinear to 299×299 and rounded to bytes again.</summary>
    /// <param name="images"><c>[B, 3, H, W]</c>, uint8; stays the caller's.</param>
    /// <returns><c>[B, 3, 299, 299]</c>, uint8; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public static Tensor ResizeBytes(Tensor images)
    {
        Check(images);
        using var scope = NewDisposeScope();
        return Bilinear(images.to(ScalarType.Float32)).round().clamp(0, 255).to(ScalarType.Byte).MoveToOuterDisposeScope();
    }

    private static Tensor Bilinear(Tensor x)
        => functional.interpolate(x, [Size, Size], mode: InterpolationMode.Bilinear, align_corners: false);

    /// <summary>Source = target · from/to, without the half pixel; neighbours beyond the border are the border.</summary>
    private static Tensor BilinearLikeTensorFlow1(Tensor x)
    {
        var (low, high, share) = Neighbours(x.shape[2], x.device);
        var rows = x.index_select(2, low); // [B, 3, H, W] -> [B, 3, 299, W]
        rows = rows + ((x.index_select(2, high) - rows) * share.unsqueeze(1));
        (low, high, share) = Neighbours(x.shape[3], x.device);
        var result = rows.index_select(3, low); // [B, 3, 299, W] -> [B, 3, 299, 299]
        return result + ((rows.index_select(3, high) - result) * share);
    }

    private static (Tensor Low, Tensor High, Tensor Share) Neighbours(long from, Device device)
    {
        var place = arange(Size, dtype: ScalarType.Float32, device: device) * (float)((double)from / Size);
        var low = place.to(ScalarType.Int64);
        return (low, (low + 1).clamp(max: from - 1), place - low);
    }

    private static void Check(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.shape is not [_, 3, > 0, > 0])
        {
            throw new ArgumentException($"pictures are [{string.Join(", ", images.shape)}]; the FID network takes [B, 3, H, W].", nameof(images));
        }
    }
}
