using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>Lists of a model's keys. They are sets: the recorded order counts only where a case says so.</summary>
internal static class KeyLists
{
    /// <summary>The row of a key: its name and its shape.</summary>
    public static JsonArray Row(string name, IEnumerable<long> shape) => new(name, new JsonArray([.. shape.Select(size => JsonValue.Create(size))]));

    /// <summary>Rows of a state dict.</summary>
    public static IEnumerable<JsonArray> Rows(nn.Module model) => model.state_dict().Select(entry => Row(entry.Key, entry.Value.shape));

    /// <summary>Puts rows into the recorded order by one of their names, unknown ones last.</summary>
    /// <param name="recorded">The object that holds the recorded list.</param>
    /// <param name="list">The list's name.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="column">Where in a row the name stands.</param>
    public static JsonArray InOrderOf(JsonElement recorded, string list, IEnumerable<JsonArray> rows, int column = 0)
    {
        var order = recorded.Optional(list) is null
            ? []
            : recorded.Items(list).Select((row, index) => (Name: row[column].GetString()!, index)).ToDictionary(e => e.Name, e => e.index, StringComparer.Ordinal);
        return new JsonArray([.. rows.OrderBy(row => order.GetValueOrDefault(row[column]!.GetValue<string>(), int.MaxValue))]);
    }
}
