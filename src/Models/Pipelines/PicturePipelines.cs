using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>Opens pipelines by what their folder says they are.</summary>
public static class PicturePipelines
{
    private const string Known = "DiTPipeline";

    /// <summary>Opens a model.</summary>
    /// <param name="path">A folder as diffusers lays it out, or a checkpoint file that describes itself (<see cref="DiTCheckpoint"/>).</param>
    /// <param name="dtype">The transformer's dtype.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="components">A folder for the components that the first lacks.</param>
    /// <returns>The pipeline; the caller owns it.</returns>
    /// <exception cref="WeightFileException">A file is missing or damaged, or it is no such model; the message names it.</exception>
    /// <exception cref="NotEnoughMemoryException">It would not fit.</exception>
    public static PicturePipeline Open(string path, ScalarType dtype, Device device, string? components = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
        {
            using var weights = SafetensorsFile.Open(path);
            return DiTPipeline.Of(DiTCheckpoint.Load(weights), path, dtype, device);
        }

        if (!Directory.Exists(path))
        {
            throw WeightFileException.About(path, "there is no such file or folder");
        }

        return ClassOf(path, components) switch
        {
            Known => DiTPipeline.Load(path, dtype, device),
            var other => throw WeightFileException.About(
                Path.Combine(path, PipelineFolder.Index), $"its _class_name is '{other}'; pictures are drawn by {Known}"),
        };
    }

    /// <summary>A folder with a transformer alone is of the class that the other components' folder says.</summary>
    private static string? ClassOf(string path, string? components)
        => new PipelineFolder(components is not null && !File.Exists(Path.Combine(path, PipelineFolder.Index)) ? components : path).ClassName;
}
