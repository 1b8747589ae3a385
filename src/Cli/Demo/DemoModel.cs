using System.Reflection;
using DiTFastAttn.Models;
using DiTFastAttn.Models.Weights;

namespace DiTFastAttn.Cli.Demo;

/// <summary>The trained model that the program carries: a small DiT that draws ten kinds of shapes.</summary>
internal static class DemoModel
{
    private const string Embedded = "shapes-dit.safetensors";

    /// <summary>Loads it; the caller disposes it.</summary>
    /// <param name="inputSize">Another resolution than its own, in pixels.</param>
    public static DiTCheckpoint Load(int? inputSize = null)
    {
        var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Embedded)
            ?? throw new InvalidOperationException($"the program was built without its model '{Embedded}'.");
        using var embedded = SafetensorsFile.Open(stream, Embedded);
        return DiTCheckpoint.Load(embedded, inputSize);
    }
}
