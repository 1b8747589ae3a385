using DiTFastAttn.Cli.Demo;
using DiTFastAttn.Models;
using DiTFastAttn.Models.Weights;

namespace DiTFastAttn.Cli.Plans;

/// <summary>Loads models that the user names: a checkpoint's file, or <c>demo</c> for the embedded one.</summary>
internal static class ModelInput
{
    /// <summary>The name of the embedded model.</summary>
    public const string Demo = "demo";

    /// <summary>Loads a model.</summary>
    /// <param name="name">A file, or <see cref="Demo"/>.</param>
    /// <param name="inputSize">Another resolution than the file's, in cells.</param>
    /// <exception cref="WeightFileException">The file is no DiT checkpoint.</exception>
    public static DiTCheckpoint Load(string name, int? inputSize = null)
    {
        if (name != Demo)
        {
            using var weights = SafetensorsFile.Open(name);
            return DiTCheckpoint.Load(weights, inputSize);
        }

        return DemoModel.Load(inputSize);
    }
}
