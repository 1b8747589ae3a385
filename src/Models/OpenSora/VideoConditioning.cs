using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// A video's size as OpenSora v1.1 takes it: pixels to latents (an eighth, rounded down), latents to tokens (patches of 2×2, rounded up), and the
/// numbers that condition the model.
/// </summary>
public sealed record VideoConditioning
{
    /// <summary>Pixels of a latent cell's side.</summary>
    public const int LatentScale = 8;

    /// <summary>Frames a second that stand for an image.</summary>
    public const int ImageFps = 120;

    /// <summary>Makes one.</summary>
    /// <param name="frames">Frames; 1 for an image.</param>
    /// <param name="height">Pixels, at least 8.</param>
    /// <param name="width">Pixels, at least 8.</param>
    /// <param name="fps">Frames a second, above 0; without meaning for an image.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small.</exception>
    public VideoConditioning(int frames, int height, int width, double fps)
    {
        if (frames < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(frames), frames, "a video has at least 1 frame.");
        }

        if (height < LatentScale || width < LatentScale)
        {
            throw new ArgumentOutOfRangeException(
                height < LatentScale ? nameof(height) : nameof(width), $"{height}x{width}", $"height and width have to be at least {LatentScale} pixels, one latent cell.");
        }

        if (!(fps > 0) || !double.IsFinite(fps))
        {
            throw new ArgumentOutOfRangeException(nameof(fps), fps, "frames a second have to be a number above 0.");
        }

        (Frames, Height, Width, Fps) = (frames, height, width, frames == 1 ? ImageFps : fps);
    }

    /// <summary>Frames T, of the video and of its latents.</summary>
    public int Frames { get; }

    /// <summary>Pixels.</summary>
    public int Height { get; }

    /// <summary>Pixels.</summary>
    public int Width { get; }

    /// <summary>Frames a second that the model is told.</summary>
    public double Fps { get; }

    /// <summary>Rows and columns of the latents.</summary>
    public (int Rows, int Columns) Latent => (Height / LatentScale, Width / LatentScale);

    /// <summary>Rows and columns of a frame's tokens.</summary>
    public (int Rows, int Columns) Grid => ((Latent.Rows + 1) / 2, (Latent.Columns + 1) / 2);

    /// <summary>S, tokens of a frame.</summary>
    public int FrameTokens => Grid.Rows * Grid.Columns;

    /// <summary>The shape of so many videos' latents.</summary>
    /// <param name="samples">n</param>
    /// <param name="channels">C</param>
    /// <returns><c>[n, C, T, H, W]</c></returns>
    public long[] LatentShape(int samples, int channels = 4) => [samples, channels, Frames, Latent.Rows, Latent.Columns];

    /// <summary>The numbers that condition the model, once for each sample.</summary>
    /// <param name="samples">n</param>
    /// <param name="dtype">Numbers are rounded to it: 854 pixels are 856 in bfloat16.</param>
    /// <param name="device">Where they are needed.</param>
    /// <returns>Five of <c>[n]</c>; the caller owns them.</returns>
    public VideoSizes Sizes(int samples, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        return new VideoSizes(Of(Height), Of(Width), Of((double)Height / Width), Of(Frames), Of(Fps));

        Tensor Of(double value) => full([samples], value, dtype, device).DetachFromDisposeScope();
    }
}
