using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>A model's parameter names and shapes as cases list them.</summary>
internal static class KeyLists
{
    /// <summary>The state dict as rows of name and shape, in the recorded order; what is not recorded comes last.</summary>
    public static JsonArray InOrderOf(JsonElement recorded, nn.Module model)
    {
        var order = recorded.EnumerateArray().Select((row, index) => (Name: row[0].GetString()!, index)).ToDictionary(e => e.Name, e => e.index, StringComparer.Ordinal);
        return new JsonArray([.. model.state_dict()
            .OrderBy(entry => order.GetValueOrDefault(entry.Key, int.MaxValue))
            .Select(entry => new JsonArray(entry.Key, new JsonArray([.. entry.Value.shape.Select(size => JsonValue.Create(size))])))]);
    }
}
