using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>Loads named tensors into a module, all of them or none.</summary>
public static class WeightLoading
{
    private const int NamesInMessage = 4;

    /// <summary>
    /// Copies a source's tensors into the module's parameters and buffers of the same names, converting dtype and device.
    /// Names and shapes are compared before anything is written.
    /// </summary>
    /// <param name="source">Where the tensors come from.</param>
    /// <param name="module">The module; keeps its dtype and device.</param>
    /// <param name="optional">Names that the source may lack; the module's own values then stay.</param>
    /// <exception cref="WeightFileException">A name is missing or unexpected, or a shape differs.</exception>
    public static void LoadInto(this IWeightSource source, nn.Module module, params IEnumerable<string> optional)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(module);
        var targets = module.state_dict();
        Check(source, module.GetName(), targets, [.. optional]);
        using var noGrad = no_grad();
        foreach (var key in source.Keys)
        {
            using var stored = source.Read(key);
            targets[key].copy_(stored);
        }
    }

    private static void Check(IWeightSource source, string module, Dictionary<string, Tensor> targets, HashSet<string> optional)
    {
        var keys = source.Keys.ToHashSet(StringComparer.Ordinal);
        var missing = targets.Keys.Where(k => !keys.Contains(k) && !optional.Contains(k)).ToList();
        var unexpected = keys.Where(k => !targets.ContainsKey(k)).ToList();
        if (missing.Count + unexpected.Count > 0)
        {
            throw new WeightFileException(
                $"weights '{source.Name}' do not fit the model '{module}': {Names("missing", missing)}; {Names("unexpected", unexpected)}.");
        }

        var unequal = keys.Where(k => !source.ShapeOf(k).SequenceEqual(targets[k].shape)).Order(StringComparer.Ordinal).ToList();
        if (unequal.Count > 0)
        {
            var first = unequal[0];
            var more = unequal.Count > 1 ? $" ({unequal.Count - 1} more tensors differ in shape)" : "";
            throw new WeightFileException(
                $"weights '{source.Name}' do not fit the model '{module}': tensor '{first}' has shape {SafetensorsTypes.ShapeText(source.ShapeOf(first))}, "
                + $"the model needs {SafetensorsTypes.ShapeText(targets[first].shape)}{more}.");
        }
    }

    private static string Names(string what, List<string> names)
    {
        var shown = string.Join(", ", names.Order(StringComparer.Ordinal).Take(NamesInMessage));
        return names.Count switch
        {
            0 => $"none {what}",
            > NamesInMessage => $"{names.Count} {what}: {shown}, …",
            _ => $"{names.Count} {what}: {shown}",
        };
    }
}
