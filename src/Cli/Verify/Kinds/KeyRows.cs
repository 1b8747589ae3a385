using System.Text.Json;
using System.Text.Json.Nodes;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>Lists of a model's keys, which are sets.</summary>
internal static class KeyRows
{
    /// <summary>Puts rows into the recorded order by their first name, unknown ones last.</summary>
    /// <param name="recorded">The object that holds the recorded list.</param>
    /// <param name="list">The list's name.</param>
    /// <param name="rows">Rows that begin with a name.</param>
    public static JsonArray InOrderOf(JsonElement recorded, string list, IEnumerable<JsonArray> rows)
    {
        var order = recorded.Optional(list) is null
            ? []
            : recorded.Items(list).Select((row, index) => (Name: row[0].GetString()!, index)).ToDictionary(e => e.Name, e => e.index, StringComparer.Ordinal);
        return new JsonArray([.. rows.OrderBy(row => order.GetValueOrDefault(row[0]!.GetValue<string>(), int.MaxValue))]);
    }
}
