using System.Text.Json.Nodes;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>vae.keys</c>: parameter names and shapes of the full-size models, and the attention's earlier names.</summary>
internal sealed class VaeKeys : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "vae.keys";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = new AutoencoderKL(AutoencoderKLConfig.Parse(file.Root.Member("in").Member("config").GetRawText()), META);
        var state = model.state_dict();
        answer.Out["parameters"] = InOrderOf(file, "parameters", 0, state.Select(entry => new JsonArray(
            entry.Key, new JsonArray([.. entry.Value.shape.Select(size => JsonValue.Create(size))]))));
        answer.Out["parameter_count"] = state.Values.Sum(parameter => parameter.numel());
        answer.Out["old_attention_names"] = InOrderOf(file, "old_attention_names", 1, model.EarlierNames.Select(pair => new JsonArray(pair.Earlier, pair.Name)));
    }

    /// <summary>The lists are sets: rows are put into the recorded order by one of their names, unknown ones last.</summary>
    private static JsonArray InOrderOf(CaseFile file, string list, int column, IEnumerable<JsonArray> rows)
    {
        var order = file.Root.Member("out").Items(list).Select((row, index) => (Name: row[column].GetString()!, index))
            .ToDictionary(e => e.Name, e => e.index, StringComparer.Ordinal);
        return new JsonArray([.. rows.OrderBy(row => order.GetValueOrDefault(row[column]!.GetValue<string>(), int.MaxValue))]);
    }
}
