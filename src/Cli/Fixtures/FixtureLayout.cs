using System.Text.Json;
using System.Text.Json.Nodes;

namespace DiTFastAttn.Cli.Fixtures;

/// <summary>A checkpoint that is published, to be made again with formula weights.</summary>
/// <param name="Name">What <c>--like</c> calls it.</param>
/// <param name="Pipeline">The pipeline's class, for <c>model_index.json</c>.</param>
/// <param name="Components">Its parts, tiny ones or at full size.</param>
internal sealed record FixtureLayout(string Name, string Pipeline, Func<bool, IReadOnlyList<FixtureComponent>> Components)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Names of classes, for models that draw classes.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The text of <c>model_index.json</c>.</summary>
    /// <param name="parts">The parts.</param>
    public string Index(IEnumerable<FixtureComponent> parts)
    {
        var index = new JsonObject { ["_class_name"] = Pipeline };
        if (Labels.Count > 0)
        {
            index["id2label"] = new JsonObject(Labels.Select((name, i) => KeyValuePair.Create($"{i}", (JsonNode?)JsonValue.Create(name))));
        }

        foreach (var part in parts)
        {
            index[part.Folder] = new JsonArray(part.Library, part.Class);
        }

        return index.ToJsonString(Indented) + "\n";
    }
}
