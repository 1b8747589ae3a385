using System.Text.Json;
using System.Text.Json.Nodes;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>dit.keys</c>: parameter names and shapes of both layouts, and the map between them.</summary>
internal sealed class DiTKeys : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "dit.keys";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var recorded = file.Root.Member("out");
        var meta = file.Config.Member("meta");
        answer.Out["meta"] = InOrderOf(recorded, "meta", Keys(meta));
        answer.Out["diffusers"] = InOrderOf(recorded, "diffusers", Keys(file.Config.Member("diffusers")));
        answer.Out["map"] = InOrderOf(
            recorded,
            "map",
            DiTKeyMap.For(MetaDiTConfig.Parse(meta.GetRawText())).Select(mapping => new JsonArray(
                mapping.Diffusers, mapping.Meta, mapping.Rows is { } rows ? new JsonArray(rows.From, rows.To) : null)));
    }

    private static List<JsonArray> Keys(JsonElement config)
    {
        using var model = DiTCase.MakeModel(config);
        return [.. model.state_dict().Select(entry => new JsonArray(entry.Key, new JsonArray([.. entry.Value.shape.Select(size => JsonValue.Create(size))])))];
    }

    /// <summary>The lists are sets: rows are put into the recorded order by their first name, unknown ones last.</summary>
    private static JsonArray InOrderOf(JsonElement recorded, string list, IEnumerable<JsonArray> rows)
    {
        var order = recorded.Optional(list) is null
            ? []
            : recorded.Items(list).Select((row, index) => (Name: row[0].GetString()!, index)).ToDictionary(e => e.Name, e => e.index, StringComparer.Ordinal);
        return new JsonArray([.. rows.OrderBy(row => order.GetValueOrDefault(row[0]!.GetValue<string>(), int.MaxValue))]);
    }
}
