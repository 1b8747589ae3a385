using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>OpenSora's autoencoder: one of images, used frame by frame, a few frames at a time, so that memory does not grow with the video.</summary>
/// <param name="autoencoder">The autoencoder; stays the caller's.</param>
/// <param name="framesAtATime">Frames of a call; without effect on the values.</param>
public sealed class AutoencoderVideoCodec(AutoencoderKL autoencoder, int framesAtATime = AutoencoderVideoCodec.UsualFrames) : IVideoCodec
{
    internal const int UsualFrames = 4;

    /// <inheritdoc/>
    /// <remarks>The mean of the latents' distribution; nothing is drawn.</remarks>
    public Tensor Encode(Tensor frames) => EachFrame(frames, autoencoder.Config.LatentChannels, side => side / autoencoder.Config.SpatialFactor, part =>
    {
        using var posterior = autoencoder.Encode(part);
        return autoencoder.Scale(posterior.Mean);
    });

    /// <inheritdoc/>
    public Tensor Decode(Tensor latents) => EachFrame(latents, autoencoder.Config.OutChannels, side => side * autoencoder.Config.SpatialFactor, part =>
    {
        using var unscaled = autoencoder.Unscale(part);
        return autoencoder.Decode(unscaled);
    });

    private Tensor EachFrame(Tensor video, int channels, Func<long, long> sideOf, Func<Tensor, Tensor> compute)
    {
        ArgumentNullException.ThrowIfNull(video);
        ArgumentOutOfRangeException.ThrowIfLessThan(framesAtATime, 1);
        if (video.shape is not [_, > 0 and var count, _, _])
        {
            throw new ArgumentException($"the video has shape {SafetensorsTypes.ShapeText(video.shape)}; it has to be [C, T, H, W].", nameof(video));
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var frames = video.transpose(0, 1); // [C, T, H, W] -> [T, C, H, W]

        // All frames have their place before the first call: left between two calls, each call's result would lie in the room that the next one needs in one
        // piece, and the heap would grow with the video.
        var result = empty([count, channels, sideOf(video.shape[2]), sideOf(video.shape[3])], autoencoder.Dtype, video.device);
        for (var first = 0L; first < count; first += framesAtATime)
        {
            var length = Math.Min(framesAtATime, count - first);
            using var part = frames.narrow(0, first, length).contiguous();
            using var computed = compute(part);
            using var place = result.narrow(0, first, length);
            place.copy_(computed);
        }

        return result.transpose(0, 1).MoveToOuterDisposeScope(); // [T, C, H, W] -> [C, T, H, W]
    }
}
