using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>Opens pipelines by what their folder or file says they are.</summary>
public static class PicturePipelines
{
    private const string DiT = "DiTPipeline";
    private const string PixArtAlpha = PixArtPipeline.AlphaClass;
    private const string PixArtSigma = "PixArtSigmaPipeline";

    /// <summary>Opens a model.</summary>
    /// <param name="path">
    /// A folder as diffusers lays it out, a checkpoint file that describes itself (<see cref="DiTCheckpoint"/>), or a transformer as DiT's and PixArt's
    /// authors publish it (<c>.pt</c>, <c>.pth</c>), with <paramref name="components"/> for the rest.
    /// </param>
    /// <param name="dtype">The dtype of transformer and text encoder; where it is <see langword="null"/>, what <see cref="WeightSources.RunDtype"/> says of each.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="components">A folder for the components that the first lacks.</param>
    /// <returns>The pipeline; the caller owns it.</returns>
    /// <exception cref="WeightFileException">A file is missing or damaged, or it is no such model; the message names it.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer is missing or damaged.</exception>
    /// <exception cref="NotEnoughMemoryException">It would not fit.</exception>
    public static PicturePipeline Open(string path, ScalarType? dtype, Device device, string? components = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(device);
        if (File.Exists(path))
        {
            return OpenFile(path, dtype, device, components);
        }

        if (!Directory.Exists(path))
        {
            throw WeightFileException.About(path, "there is no such file or folder");
        }

        return new PipelineFolder(path, components).ClassName switch
        {
            DiT => DiTPipeline.Load(path, dtype, device, components),
            PixArtAlpha or PixArtSigma => PixArtPipeline.Load(path, dtype, device, components),
            var other => throw WeightFileException.About(
                Path.Combine(path, PipelineFolder.Index), $"its _class_name is '{other}'; pictures are drawn by {DiT}, {PixArtAlpha}, {PixArtSigma}"),
        };
    }

    private static PicturePipeline OpenFile(string path, ScalarType? dtype, Device device, string? components)
    {
        using var weights = WeightFile.Open(path);
        if (weights is SafetensorsFile described && DiTCheckpoint.Describes(described))
        {
            return DiTPipeline.Of(DiTCheckpoint.Load(described), path, dtype ?? weights.RunDtype(device), device);
        }

        var checkpoint = new OriginalCheckpoint(weights, path);
        var folder = components ?? throw WeightFileException.About(
            path, $"it is a transformer alone: name a pipeline's folder (--components) for {(checkpoint.IsPixArt ? "text_encoder/, tokenizer/, scheduler/ and vae/" : "vae/")}");
        return checkpoint.IsPixArt ? PixArtPipeline.Load(checkpoint, path, dtype, device, folder) : DiTPipeline.Load(checkpoint, path, dtype, device, folder);
    }
}
