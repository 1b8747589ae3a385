using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>Views of weights: a part of a checkpoint, or the same tensors under other names. The source stays the caller's.</summary>
public static class WeightSources
{
    private const char PathSeparator = '/';

    /// <summary>
    /// A state dict inside a checkpoint that holds more: training checkpoints of DiT have <c>model</c> and <c>ema</c>, those
    /// of PixArt <c>state_dict</c> and <c>state_dict_ema</c>.
    /// </summary>
    /// <param name="source">A checkpoint; nested names are joined with "/", as in <c>ema/x_embedder.proj.weight</c>.</param>
    /// <param name="names">Names of the state dict, the preferred first.</param>
    /// <returns>The first that is there, under the names inside it, or the whole where none is.</returns>
    public static IWeightSource Section(this IWeightSource source, params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(names);
        foreach (var name in names)
        {
            var prefix = name + PathSeparator;
            if (source.Keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal)))
            {
                return source.Renamed(key => key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..] : null);
            }
        }

        return source;
    }

    /// <summary>The tensors under other names, or some of them only.</summary>
    /// <param name="source">The weights.</param>
    /// <param name="rename">The new name of a tensor, or <see langword="null"/> to leave it out.</param>
    /// <exception cref="WeightFileException">Two tensors get the same name.</exception>
    public static IWeightSource Renamed(this IWeightSource source, Func<string, string?> rename)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(rename);
        return new RenamedWeights(source, rename);
    }

    /// <summary>
    /// The dtype to run weights in where nobody asked for one: that of most of their values. On a CPU it is float32 for
    /// float16, and for bfloat16 where the processor has no arithmetic in it.
    /// </summary>
    /// <param name="source">The weights.</param>
    /// <param name="device">Where the model runs.</param>
    public static ScalarType RunDtype(this IWeightSource source, Device device)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(device);
        var stored = source.Keys
            .GroupBy(key => source.DtypeOf(key))
            .Where(group => group.Key is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64)
            .MaxBy(group => group.Sum(key => SafetensorsTypes.Elements(source.ShapeOf(key))))?.Key;
        return stored switch
        {
            ScalarType.BFloat16 when device.type != DeviceType.CPU || CpuArithmetic.HasBFloat16 => ScalarType.BFloat16,
            ScalarType.Float16 when device.type != DeviceType.CPU => ScalarType.Float16,
            _ => ScalarType.Float32,
        };
    }

    private sealed class RenamedWeights : IWeightSource
    {
        private readonly IWeightSource _source;
        private readonly OrderedDictionary<string, string> _names = new(StringComparer.Ordinal);

        public RenamedWeights(IWeightSource source, Func<string, string?> rename)
        {
            _source = source;
            foreach (var key in source.Keys)
            {
                if (rename(key) is { } name && !_names.TryAdd(name, key))
                {
                    throw WeightFileException.About(source.Name, $"tensors '{_names[name]}' and '{key}' are both '{name}'");
                }
            }
        }

        public string Name => _source.Name;

        public IReadOnlyCollection<string> Keys => _names.Keys;

        public IReadOnlyList<long> ShapeOf(string key) => _source.ShapeOf(_names[key]);

        public ScalarType? DtypeOf(string key) => _source.DtypeOf(_names[key]);

        public Tensor Read(string key) => _source.Read(_names[key]);

        public void ReadInto(string key, Tensor target) => _source.ReadInto(_names[key], target);
    }
}
