using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Evaluation;
using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Tests.Evaluate;

/// <summary>The FID network with weights by formula, in a file, and small pictures of noise.</summary>
public sealed class SomeNetwork : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<string> _file;

    public SomeNetwork() => _file = new Lazy<string>(() => Write(_folder["inception.safetensors"], broken: false));

    /// <summary>The network's file.</summary>
    public string File => _file.Value;

    /// <summary>The same with a NaN.</summary>
    public string BrokenFile => Write(_folder["broken.safetensors"], broken: true);

    /// <summary>Writes PNGs of noise, <c>00000.png</c> and on.</summary>
    public static string WritePictures(string folder, int count, int seed, int size = 40)
    {
        Directory.CreateDirectory(folder);
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var image = new RgbImage(size, size);
            random.NextBytes(image.Pixels.Span);
            image.SavePng(Path.Combine(folder, FormattableString.Invariant($"{i:00000}.png")));
        }

        return folder;
    }

    public void Dispose() => _folder.Dispose();

    private static string Write(string path, bool broken)
    {
        using var noGrad = no_grad();
        using var network = new InceptionNetwork();
        FormulaWeights.Fill(network);
        using var scope = NewDisposeScope();
        var state = network.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.to(ScalarType.Float16), StringComparer.Ordinal);
        if (broken)
        {
            state["Conv2d_1a_3x3.bn.bias"].narrow(0, 3, 1).fill_(float.NaN);
        }

        SafetensorsWriter.Write(path, state);
        return path;
    }
}
