using System.IO.Enumeration;
using System.Text.Json;
using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify;

/// <summary>Fills a module with the weights that a case names: by formula, from a file beside it, or from its own tensors.</summary>
internal static class CaseWeights
{
    private const string Formula = "fnv-splitmix/1";

    /// <summary>Fills a module.</summary>
    /// <param name="file">The case.</param>
    /// <param name="module">A module with the reference's names.</param>
    /// <param name="load">How the module takes weights that are not the formula's.</param>
    /// <exception cref="FormatException">The case does not say its weights, or its parameters are not the module's.</exception>
    /// <exception cref="WeightFileException">The weights do not fit the module.</exception>
    public static void Fill(CaseFile file, nn.Module module, Action<IWeightSource> load)
    {
        var weights = file.Root.Optional("weights");
        if (weights is not { } described)
        {
            load(file.OwnWeights());
        }
        else if (described.Optional("file") is not null)
        {
            using var source = SafetensorsFile.Open(file.Beside(described.Text("file")));
            load(source);
        }
        else if (described.Text("formula") is var formula && formula == Formula)
        {
            FormulaWeights.Fill(module, CheckParameters(described, module), Scales(described));
            Adjust(described, module);
        }
        else
        {
            throw new FormatException($"the weights' formula '{formula}' is not known; '{Formula}' is");
        }
    }

    /// <summary>A gain on some parameters, and the absolute value of others, after the formula.</summary>
    private static void Adjust(JsonElement weights, nn.Module module)
    {
        var gain = weights.Optional("gain");
        var absolute = weights.Optional("absolute_value") is null ? null : weights.Text("absolute_value").Split(' ')[0];
        foreach (var (name, parameter) in module.state_dict())
        {
            if (gain is { } described && TakesGain(described, name, parameter))
            {
                parameter.mul_((float)described.Number("factor"));
            }

            if (absolute is not null && FileSystemName.MatchesSimpleExpression(absolute, name, ignoreCase: false))
            {
                parameter.abs_();
            }
        }
    }

    private static bool TakesGain(JsonElement gain, string name, Tensor parameter)
    {
        if (gain.Optional("names_ending") is not null)
        {
            return name.EndsWith(gain.Text("names_ending"), StringComparison.Ordinal);
        }

        // "4-d net.*.weight": the number of dimensions, then a pattern.
        return gain.Text("names_matching").Split(' ') is [[var dimensions and >= '0' and <= '9', '-', 'd'], var pattern]
            ? parameter.dim() == dimensions - '0' && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)
            : throw new FormatException($"weights.gain is {gain.GetRawText()}; names_ending, or names_matching \"4-d PATTERN\", is expected");
    }

    private static List<string> CheckParameters(JsonElement weights, nn.Module module)
    {
        var shapes = module.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.shape, StringComparer.Ordinal);
        var names = new List<string>();
        foreach (var parameter in weights.Items("parameters"))
        {
            var name = parameter[0].GetString()!;
            var shape = parameter[1].EnumerateArray().Select(size => size.GetInt64()).ToArray();
            if (!shapes.TryGetValue(name, out var found) || !found.SequenceEqual(shape))
            {
                throw new FormatException(
                    $"the reference has a parameter '{name}' [{string.Join(", ", shape)}], this model {(found is null ? "does not" : $"has [{string.Join(", ", found)}]")}");
            }

            names.Add(name);
        }

        return names;
    }

    private static List<(string Suffix, float Factor)>? Scales(JsonElement weights)
        => weights.Optional("scale") is null ? null : [.. weights.Items("scale").Select(scale => (scale[0].GetString()!, scale[1].GetSingle()))];
}
