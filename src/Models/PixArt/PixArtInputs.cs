using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.PixArt;

/// <summary>Checks a call's inputs before torch sees them: a wrong shape can end the process there.</summary>
internal static class PixArtInputs
{
    public static void Check(PixArtGeometry geometry, Tensor latents, Tensor timesteps, PixArtCondition condition)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(timesteps);
        ArgumentNullException.ThrowIfNull(condition);
        var patch = geometry.PatchSize;
        Require(
            latents.shape is [> 0, var channels, > 0 and var rows, > 0 and var columns] && channels == geometry.InChannels && rows % patch == 0 && columns % patch == 0,
            "latents", latents, $"[B, {geometry.InChannels}, H, W] with H and W multiples of {patch}");
        var batch = latents.shape[0];
        Require(timesteps.shape is [var times] && times == batch, "timesteps", timesteps, $"[{batch}]");
        Require(
            condition.Captions.shape is [var captions, > 0, var width] && captions == batch && width == geometry.CaptionChannels,
            "captions", condition.Captions, $"[{batch}, Lc, {geometry.CaptionChannels}]");
        if (condition.CaptionMask is { } mask)
        {
            var length = condition.Captions.shape[1];
            Require(
                (mask.shape is [> 0 and var masks, var keys] && batch % masks == 0 && keys == length)
                || (mask.shape is [var biases, 1, var biased] && biases == batch && biased == length),
                "the caption mask", mask, $"[{batch}, {length}] or [{batch}, 1, {length}]");
        }

        if (geometry.TakesPictureSize)
        {
            Require(condition.Resolution?.shape is [var sizes, 2] && sizes == batch, "the resolution", condition.Resolution, $"[{batch}, 2]: this model takes the picture's size");
            Require(condition.AspectRatio?.shape is [var ratios, 1] && ratios == batch, "the aspect ratio", condition.AspectRatio, $"[{batch}, 1]: this model takes the picture's size");
        }
    }

    private static void Require(bool condition, string what, Tensor? given, string expected)
    {
        if (!condition)
        {
#pragma warning disable MA0015, CA2208 // The parts of a condition are no parameters of the model's call.
            throw new ArgumentException(
                $"{what} {(given is null ? "is missing" : $"has shape {SafetensorsTypes.ShapeText(given.shape)}")}; it has to be {expected}.");
#pragma warning restore MA0015, CA2208
        }
    }
}
