using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>Loads named tensors into a module, all of them or none.</summary>
public static class WeightLoading
{
    private const int ShownInMessage = 6;

    /// <summary>
    /// Copies a source's tensors into the module's parameters and buffers of the same names, converting dtype and device.
    /// Names and shapes are compared before anything is written; one tensor at a time is in memory besides the module.
    /// </summary>
    /// <param name="source">Where the tensors come from.</param>
    /// <param name="module">The module; keeps its dtype and device.</param>
    /// <param name="optional">Names that the source may lack; the module's own values then stay.</param>
    /// <exception cref="WeightFileException">
    /// Names are missing or unexpected, or shapes differ: one line lists them, with the nearest name where one is close.
    /// </exception>
    public static void LoadInto(this IWeightSource source, nn.Module module, params IEnumerable<string> optional)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(module);
        var targets = module.state_dict();
        Check(source, module.GetName(), targets, [.. optional]);
        using var noGrad = no_grad();
        foreach (var key in source.Keys)
        {
            source.ReadInto(key, targets[key]);
        }
    }

    /// <summary>Compares names and shapes only, as <see cref="LoadInto"/> does before it reads anything.</summary>
    /// <param name="source">Where the tensors would come from.</param>
    /// <param name="module">The module; may lie on the meta device.</param>
    /// <param name="optional">Names that the source may lack.</param>
    /// <exception cref="WeightFileException">They do not fit.</exception>
    internal static void Check(this IWeightSource source, nn.Module module, params IEnumerable<string> optional)
        => Check(source, module.GetName(), module.state_dict(), [.. optional]);

    private static void Check(IWeightSource source, string module, Dictionary<string, Tensor> targets, HashSet<string> optional)
    {
        var keys = source.Keys.ToHashSet(StringComparer.Ordinal);
        var missing = targets.Keys.Where(k => !keys.Contains(k) && !optional.Contains(k)).Order(StringComparer.Ordinal).ToList();
        var unexpected = keys.Where(k => !targets.ContainsKey(k)).Order(StringComparer.Ordinal).ToList();
        var misshaped = keys
            .Where(k => targets.TryGetValue(k, out var target) && !source.ShapeOf(k).SequenceEqual(target.shape)).Order(StringComparer.Ordinal).ToList();
        var parts = new List<string>(3);
        Add(parts, "missing", missing, key => $"{key}{NearestName.Hint(key, unexpected)}");
        Add(parts, "unexpected", unexpected, key => $"{key}{NearestName.Hint(key, missing)}");
        Add(parts, "misshaped", misshaped, key
            => $"{key} {SafetensorsTypes.ShapeText(source.ShapeOf(key))} where the model has {SafetensorsTypes.ShapeText(targets[key].shape)}");
        if (parts.Count > 0)
        {
            throw WeightFileException.About(source.Name, $"they do not fit the model '{module}': {string.Join("; ", parts)}");
        }
    }

    private static void Add(List<string> parts, string what, List<string> keys, Func<string, string> describe)
    {
        if (keys.Count > 0)
        {
            var shown = string.Join(", ", keys.Take(ShownInMessage).Select(describe));
            parts.Add($"{keys.Count} {what}: {shown}{(keys.Count > ShownInMessage ? ", …" : "")}");
        }
    }
}
