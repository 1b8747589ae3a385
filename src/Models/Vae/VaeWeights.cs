using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Vae;

/// <summary>
/// Weights under today's names: earlier checkpoints call the attention's projections query, key, value and proj_attn, and some tools store
/// them as 1×1 convolutions.
/// </summary>
internal sealed class VaeWeights : IWeightSource
{
    private static readonly (string Old, string New)[] AttentionNames =
        [("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0")];

    private readonly IWeightSource _source;

    public VaeWeights(IWeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        _source = source.Renamed(NewName);
    }

    public string Name => _source.Name;

    public IReadOnlyCollection<string> Keys => _source.Keys;

    /// <summary>The earlier and today's names of all parameters that were renamed.</summary>
    /// <param name="names">Today's names of a model's parameters.</param>
    public static IEnumerable<(string Earlier, string Name)> EarlierNames(IEnumerable<string> names)
        => from name in names
           from renamed in AttentionNames
           where IsAttention(name) && name.Contains($".{renamed.New}.", StringComparison.Ordinal)
           select (name.Replace($".{renamed.New}.", $".{renamed.Old}.", StringComparison.Ordinal), name);

    public IReadOnlyList<long> ShapeOf(string key) => IsConvolved(key) ? [.. _source.ShapeOf(key).Take(2)] : _source.ShapeOf(key);

    public ScalarType? DtypeOf(string key) => _source.DtypeOf(key);

    public Tensor Read(string key)
    {
        var stored = _source.Read(key);
        if (!IsConvolved(key))
        {
            return stored;
        }

        using (stored)
        {
            return stored.flatten(1); // [C, C, 1, 1] -> [C, C]
        }
    }

    public void ReadInto(string key, Tensor target)
    {
        using var shaped = IsConvolved(key) ? target.detach().view([.. _source.ShapeOf(key)]) : target.alias();
        _source.ReadInto(key, shaped);
    }

    private bool IsConvolved(string key) => IsAttention(key) && _source.ShapeOf(key) is [_, _, 1, 1];

    private static bool IsAttention(string name) => name.Contains(".attentions.", StringComparison.Ordinal);

    private static string NewName(string name)
    {
        if (IsAttention(name))
        {
            foreach (var (old, renamed) in AttentionNames)
            {
                name = name.Replace($".{old}.", $".{renamed}.", StringComparison.Ordinal);
            }
        }

        return name;
    }
}
