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
        answer.Out["meta"] = KeyLists.InOrderOf(recorded, "meta", Keys(meta));
        answer.Out["diffusers"] = KeyLists.InOrderOf(recorded, "diffusers", Keys(file.Config.Member("diffusers")));
        answer.Out["map"] = KeyLists.InOrderOf(
            recorded,
            "map",
            DiTKeyMap.For(MetaDiTConfig.Parse(meta.GetRawText())).Select(mapping => new JsonArray(
                mapping.Diffusers, mapping.Original, mapping.Rows is { } rows ? new JsonArray(rows.From, rows.To) : null)));
    }

    private static List<JsonArray> Keys(JsonElement config)
        => [.. StateShapes.Of(() => DiTCase.MakeModel(config)).Select(entry => KeyLists.Row(entry.Name, entry.Shape))];
}
