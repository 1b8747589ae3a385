using System.Globalization;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

/// <summary>One recorded case of tests/Fixtures: its JSON and the tensors beside it.</summary>
internal sealed class Fixture : IDisposable
{
    private readonly JsonDocument _document;
    private readonly SafetensorsFile? _tensors;

    public Fixture(string name)
    {
        var path = Path.Combine(Root, name);
        _document = JsonDocument.Parse(File.ReadAllText(path + ".json"));
        _tensors = File.Exists(path + ".safetensors") ? SafetensorsFile.Open(path + ".safetensors") : null;
    }

    public static string Root { get; } = FindRoot();

    public JsonElement Json => _document.RootElement;

    public JsonElement Config => Json.GetProperty("config");

    public JsonElement Call => Json.GetProperty("call");

    /// <summary>The cases of a kind in folders of tests/Fixtures.</summary>
    public static TheoryData<string> Named(string kind, params string[] folders) => [.. Names(kind, folders)];

    /// <summary>The names of the cases of a kind.</summary>
    public static IEnumerable<string> Names(string kind, params string[] folders)
        => folders
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), "*.json").Order(StringComparer.Ordinal)
                .Where(file => KindOf(file) == kind)
                .Select(file => $"{folder}/{Path.GetFileNameWithoutExtension(file)}"));


    public bool Has(string tensor) => _tensors is not null && _tensors.Entries.ContainsKey(tensor);

    public Tensor Tensor(string name) => _tensors!.Read(name);

    public DiTModel LoadedModel(string config = "config")
    {
        var json = Json.GetProperty(config);
        DiTModel model = json.TryGetProperty("_class_name", out _)
            ? new DiffusersDiT(DiffusersDiTConfig.Parse(json.GetRawText()))
            : new MetaDiT(MetaDiTConfig.Parse(json.GetRawText()));
        var weights = Json.GetProperty("weights");
        if (weights.TryGetProperty("file", out var file))
        {
            using var source = SafetensorsFile.Open(Path.Combine(Root, "demo", file.GetString()!));
            model.LoadWeights(source);
        }
        else
        {
            Fill(model);
        }

        model.eval();
        return model;
    }

    public void Fill(nn.Module model)
    {
        var weights = Json.GetProperty("weights");
        (string, float)[] scale = weights.TryGetProperty("scale", out var factors)
            ? [.. factors.EnumerateArray().Select(f => (f[0].GetString()!, f[1].GetSingle()))]
            : [];
        FormulaWeights.Fill(model, weights.GetProperty("parameters").EnumerateArray().Select(p => p[0].GetString()!), scale);
    }

    /// <summary>Compares with a recorded tensor; meeting one of the case's tolerances for it passes.</summary>
    public void ShouldMatch(Tensor actual, string name)
    {
        using var scope = NewDisposeScope();
        var expected = Tensor(name);
        actual.shape.ShouldBe(expected.shape, name);
        var (a, b) = (actual.to(ScalarType.Float64), expected.to(ScalarType.Float64));
        var tolerance = Json.GetProperty("tolerance").GetProperty(name);
        if (tolerance.ValueKind == JsonValueKind.String)
        {
            (a - b).abs().max().item<double>().ShouldBe(0, name);
            return;
        }

        var limit = tolerance.GetProperty("relative_l2").GetDouble();
        ((a - b).norm() / b.norm()).item<double>().ShouldBeLessThanOrEqualTo(limit, name);
    }

    public int[] Ints(string call) => [.. Call.GetProperty(call).EnumerateArray().Select(e => e.GetInt32())];

    public void Dispose()
    {
        _document.Dispose();
        _tensors?.Dispose();
    }

    private static string? KindOf(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        return document.RootElement.GetProperty("kind").GetString();
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "Fixtures");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException(string.Create(CultureInfo.InvariantCulture, $"no tests/Fixtures above {AppContext.BaseDirectory}"));
    }
}
