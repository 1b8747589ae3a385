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
        answer.Out["meta"] = KeyRows.InOrderOf(recorded, "meta", Keys(meta));
        answer.Out["diffusers"] = KeyRows.InOrderOf(recorded, "diffusers", Keys(file.Config.Member("diffusers")));
        answer.Out["map"] = KeyRows.InOrderOf(
            recorded,
            "map",
            DiTKeyMap.For(MetaDiTConfig.Parse(meta.GetRawText())).Select(mapping => new JsonArray(
                mapping.Diffusers, mapping.Original, mapping.Rows is { } rows ? new JsonArray(rows.From, rows.To) : null)));
    }

    private static List<JsonArray> Keys(JsonElement config)
        => [.. StateShapes.Of(() => DiTCase.MakeModel(config)).Select(entry => new JsonArray(entry.Name, new JsonArray([.. entry.Shape.Select(size => JsonValue.Create(size))])))];
}
