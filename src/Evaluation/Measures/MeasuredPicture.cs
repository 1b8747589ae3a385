using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Measures;

/// <summary>A picture that is measured.</summary>
/// <param name="Index">Its place in its set.</param>
/// <param name="Name">Its name in its set.</param>
/// <param name="Image">The picture.</param>
internal sealed record MeasuredPicture(int Index, string Name, RgbImage Image)
{
    /// <summary>A picture as <c>[1, 3, H, W]</c>, uint8; the caller owns it.</summary>
    public static Tensor Bytes(RgbImage image)
    {
        using var scope = NewDisposeScope();
        return tensor(image.Pixels.ToArray()).view(1, image.Height, image.Width, 3).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope(); // [1, H, W, 3] -> [1, 3, H, W]
    }
}
