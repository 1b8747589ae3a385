using System.Text.Json;
using DiTFastAttn.Models;
using TorchSharp;

namespace DiTFastAttn.Cli.Verify;

/// <summary>
/// One recorded answer of a reference implementation: the JSON file, and the safetensors beside it where it has tensors.
/// </summary>
internal sealed class CaseFile : IDisposable
{
    private const string Format = "ditfastattn-fixture/1";

    private readonly JsonDocument _document;
    private readonly SafetensorsFile? _tensors;

    private CaseFile(string path, JsonDocument document, SafetensorsFile? tensors)
    {
        Path = path;
        _document = document;
        _tensors = tensors;
        Kind = Root.Text("kind");
    }

    /// <summary>The JSON file.</summary>
    public string Path { get; }

    /// <summary>The file's name without its extension.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>What is computed, dotted: <c>dit.forward</c>.</summary>
    public string Kind { get; }

    /// <summary>The JSON object.</summary>
    public JsonElement Root => _document.RootElement;

    /// <summary>The model's configuration.</summary>
    public JsonElement Config => Root.Member("config");

    /// <summary>Scalars of the call.</summary>
    public JsonElement Call => Root.Member("call");

    /// <summary>Opens a case and checks what every kind needs.</summary>
    /// <param name="path">The JSON file.</param>
    /// <exception cref="FormatException">It is not a case; the message says why.</exception>
    /// <exception cref="WeightFileException">Its tensors cannot be read.</exception>
    public static CaseFile Open(string path)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException error)
        {
            throw new FormatException($"not JSON ({error.Message})", error);
        }

        SafetensorsFile? tensors = null;
        try
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object || document.RootElement.Text("format") is var format && format != Format)
            {
                throw new FormatException($"not a case: its format is not '{Format}'");
            }

            var beside = System.IO.Path.ChangeExtension(path, ".safetensors");
            if (document.RootElement.TryGetProperty("tensors", out _))
            {
                tensors = SafetensorsFile.Open(beside);
            }

            return new CaseFile(path, document, tensors);
        }
        catch
        {
            tensors?.Dispose();
            document.Dispose();
            throw;
        }
    }

    /// <summary>Whether the safetensors holds a tensor.</summary>
    public bool HasTensor(string name) => _tensors?.Entries.ContainsKey(name) == true;

    /// <summary>Reads a tensor; the caller owns it.</summary>
    /// <exception cref="FormatException">The case has none of that name.</exception>
    public torch.Tensor Tensor(string name)
        => HasTensor(name) ? _tensors!.Read(name) : throw new FormatException($"the case has no tensor '{name}'");

    /// <summary>A file beside the case.</summary>
    public string Beside(string file) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, file);

    /// <summary>The case's weights that stand in its safetensors as <c>w.*</c>.</summary>
    public IWeightSource OwnWeights()
        => _tensors is { } tensors
            ? tensors.Renamed(key => key.StartsWith("w.", StringComparison.Ordinal) ? key[2..] : null)
            : throw new FormatException("the case has no tensors 'w.*'");

    /// <inheritdoc/>
    public void Dispose()
    {
        _tensors?.Dispose();
        _document.Dispose();
    }
}
