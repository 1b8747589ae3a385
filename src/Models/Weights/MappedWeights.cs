using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>Weights under other names: each tensor is one of the source's, or some of its rows.</summary>
internal sealed class MappedWeights : IWeightSource
{
    private readonly IWeightSource _source;
    private readonly Dictionary<string, KeyMapping> _map;

    public MappedWeights(IWeightSource source, IEnumerable<KeyMapping> map)
    {
        ArgumentNullException.ThrowIfNull(source);
        _source = source;
        _map = map.ToDictionary(m => m.Diffusers, StringComparer.Ordinal);
        var keys = source.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var mapping in _map.Values)
        {
            if (!keys.Contains(mapping.Original))
            {
                throw new WeightFileException($"weights '{source.Name}': there is no tensor '{mapping.Original}', which becomes '{mapping.Diffusers}'.");
            }

            if (mapping.Rows is { To: var rows } && (source.ShapeOf(mapping.Original) is not [var found, ..] || found < rows))
            {
                throw new WeightFileException($"weights '{source.Name}': tensor '{mapping.Original}' has fewer than {rows} rows; '{mapping.Diffusers}' is taken from them.");
            }
        }
    }

    public string Name => _source.Name;

    public IReadOnlyCollection<string> Keys => _map.Keys;

    public IReadOnlyList<long> ShapeOf(string key)
    {
        var mapping = _map[key];
        var shape = _source.ShapeOf(mapping.Original);
        return mapping.Rows is { } rows ? [rows.To - rows.From, .. shape.Skip(1)] : shape;
    }

    public ScalarType? DtypeOf(string key) => _source.DtypeOf(_map[key].Original);

    public Tensor Read(string key)
    {
        var mapping = _map[key];
        var tensor = _source.Read(mapping.Original);
        if (mapping.Rows is not { } rows)
        {
            return tensor;
        }

        using (tensor)
        {
            return tensor.narrow(0, rows.From, rows.To - rows.From);
        }
    }
}
