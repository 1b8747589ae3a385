using TorchSharp;

namespace DiTFastAttn.Models;

/// <summary>
/// What STDiT2 is told about size and speed, one number a sample, <c>[b]</c> each, in pixels, frames and frames a second. Fewer samples than the
/// batch has are repeated as a whole.
/// </summary>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="AspectRatio">Height over width.</param>
/// <param name="Frames">Frames of the video; 1 for an image.</param>
/// <param name="Fps">Frames a second; 120 for an image.</param>
public sealed record VideoSizes(torch.Tensor Height, torch.Tensor Width, torch.Tensor AspectRatio, torch.Tensor Frames, torch.Tensor Fps) : IDisposable
{
    /// <summary>The five by the names that messages use.</summary>
    internal IReadOnlyList<(string Name, torch.Tensor Values)> All
        => [("height", Height), ("width", Width), ("ar", AspectRatio), ("num_frames", Frames), ("fps", Fps)];

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var (_, values) in All)
        {
            values.Dispose();
        }
    }
}
