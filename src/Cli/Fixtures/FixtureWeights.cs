using System.Globalization;
using System.Text.Json;
using DiTFastAttn.Models;
using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Fixtures;

/// <summary>Formula weights of one part: its tensors by name and shape, written one at a time, so that a model of any size takes the memory of one.</summary>
internal sealed class FixtureWeights
{
    // What the published tools cut at.
    private const long LargestShard = 10_000_000_000;

    private readonly FixtureComponent _part;
    private readonly ScalarType _dtype;
    private readonly List<List<(string Name, long[] Shape)>> _shards;

    /// <summary>Lays the weights of a part out.</summary>
    /// <param name="part">The part, with a model.</param>
    /// <param name="dtype">The dtype to write.</param>
    public FixtureWeights(FixtureComponent part, ScalarType dtype)
    {
        (_part, _dtype) = (part, dtype);
        using var module = Layers.Make(part.Model!, dtype: null, META);
        Tensors = [.. module.state_dict().Where(entry => !part.Computed.Contains(entry.Key)).Select(entry => (entry.Key, entry.Value.shape))];
        Parameters = Tensors.Sum(tensor => SafetensorsTypes.Elements(tensor.Shape));
        Bytes = Tensors.Sum(tensor => BytesOf(tensor.Shape));
        _shards = Cut(part.IsSharded ? Math.Min(LargestShard, Bytes * 5 / 8) : LargestShard);
    }

    /// <summary>Names and shapes.</summary>
    public IReadOnlyList<(string Name, long[] Shape)> Tensors { get; }

    /// <summary>Values of all tensors.</summary>
    public long Parameters { get; }

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes { get; }

    /// <summary>Writes the files.</summary>
    /// <param name="folder">The part's folder.</param>
    /// <param name="written">Told the bytes of each tensor that is written.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <returns>Names of the files.</returns>
    public List<string> Write(string folder, Action<long> written, CancellationToken cancellation)
    {
        List<string> names = [.. _shards.Select((_, i) => _shards.Count == 1
            ? $"{_part.WeightsName}.safetensors"
            : string.Create(CultureInfo.InvariantCulture, $"{_part.WeightsName}-{i + 1:00000}-of-{_shards.Count:00000}.safetensors"))];
        foreach (var (name, shard) in names.Zip(_shards))
        {
            var shapes = shard.ToDictionary(StringComparer.Ordinal);
            SafetensorsWriter.Write(
                Path.Combine(folder, name),
                shard.Select(tensor => (tensor.Name, _dtype, tensor.Shape)),
                tensor => Make(tensor, shapes[tensor], written, cancellation),
                new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
        }

        if (_shards.Count > 1)
        {
            var index = $"{_part.WeightsName}.safetensors.index.json";
            AtomicFile.WriteText(Path.Combine(folder, index), Index(names));
            names.Add(index);
        }

        return names;
    }

    private Tensor Make(string name, long[] shape, Action<long> written, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var values = empty(shape, ScalarType.Float32);
        FormulaWeights.Fill(values, name);
        written(BytesOf(shape));
        return values.to(_dtype, copy: true);
    }

    private string Index(List<string> names) => JsonSerializer.Serialize(new
    {
        metadata = new { total_size = Bytes },
        weight_map = _shards.Zip(names).SelectMany(shard => shard.First.Select(tensor => (tensor.Name, File: shard.Second)))
            .ToDictionary(tensor => tensor.Name, tensor => tensor.File, StringComparer.Ordinal),
    });

    /// <summary>In the order of the state dict, a new file before the tensor that would not fit into the last.</summary>
    private List<List<(string Name, long[] Shape)>> Cut(long largest)
    {
        var shards = new List<List<(string Name, long[] Shape)>> { new() };
        var bytes = 0L;
        foreach (var tensor in Tensors)
        {
            if (shards[^1].Count > 0 && bytes + BytesOf(tensor.Shape) > largest)
            {
                shards.Add([]);
                bytes = 0;
            }

            shards[^1].Add(tensor);
            bytes += BytesOf(tensor.Shape);
        }

        return shards;
    }

    private long BytesOf(long[] shape) => SafetensorsTypes.Elements(shape) * (_dtype == ScalarType.Float32 ? 4 : 2);
}
