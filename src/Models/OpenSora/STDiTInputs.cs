using System.Runtime.CompilerServices;
using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>Checks what a call of STDiT is given, before torch sees it: a wrong shape can end the process there.</summary>
internal static class STDiTInputs
{
    public static void Check(STDiTInput input, STDiTConfig config)
    {
        if (input.Latents.shape is not [var batch and > 0, var channels, > 0 and var frames, > 0 and var rows, > 0 and var columns]
            || channels != config.InChannels
            || (config.Version == STDiTVersion.STDiT && (frames, rows, columns) != (config.InputSize.Frames, config.InputSize.Rows, config.InputSize.Columns)))
        {
            var size = config.Version == STDiTVersion.STDiT ? $"{config.InputSize.Frames}, {config.InputSize.Rows}, {config.InputSize.Columns}" : "T, H, W";
            throw new ArgumentException(
                $"latents have shape {SafetensorsTypes.ShapeText(input.Latents.shape)}; this model takes [B, {config.InChannels}, {size}].", nameof(input));
        }

        Require(input.Timesteps.shape is [var times] && times == batch, "timesteps", input.Timesteps, $"one for each of the {batch} videos");
        Require(
            input.Text.shape is [var texts, 1, > 0, var width] && texts == batch && width == config.CaptionChannels,
            "text", input.Text, $"[{batch}, 1, tokens, {config.CaptionChannels}]");
        var length = input.Text.shape[2];
        if (input.TextMask is { } mask)
        {
            Require(mask.shape is [> 0 and var masks, var maskLength] && batch % masks == 0 && maskLength == length, "the text mask", mask, $"[{batch} or a part of it, {length}]");
        }

        if (input.FrameMask is { } frameMask)
        {
            var tokens = (frames + config.PatchSize.Frames - 1) / config.PatchSize.Frames;
            Require(
                frameMask.shape is [var rowsOfMask, var maskFrames] && rowsOfMask == batch && maskFrames == tokens && frameMask.dtype == ScalarType.Bool,
                "the frame mask", frameMask, $"[{batch}, {tokens}] of Bool");
        }

        if (config.Version == STDiTVersion.STDiT2)
        {
            var sizes = input.Sizes ?? throw new ArgumentException("sizes are missing: STDiT2 needs height, width, ar, num_frames and fps.", nameof(input));
            foreach (var (name, values) in sizes.All)
            {
                Require(values.shape is [> 0 and var count] && batch % count == 0, name, values, $"[{batch} or a part of it]");
            }
        }

    }

    private static void Require(bool condition, string name, Tensor tensor, string expected, [CallerArgumentExpression(nameof(tensor))] string parameter = "")
    {
        if (!condition)
        {
            throw new ArgumentException($"{name}: shape {SafetensorsTypes.ShapeText(tensor.shape)} of {tensor.dtype}; it has to be {expected}.", parameter);
        }
    }
}
