using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>pixart.bins</c>: the trained size for a wished one, and pictures brought to the wished one.</summary>
internal sealed class PixArtBins : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "pixart.bins";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        CheckTables(file.Root.Member("in").Member("tables"));
        var items = file.Root.Member("out").Items("items").Select(Answer).ToArray<JsonNode?>();
        answer.Out["items"] = new JsonArray(items);
        foreach (var (index, resize) in file.Call.Items("resize").Index())
        {
            using var picture = file.Tensor(string.Create(CultureInfo.InvariantCulture, $"in.image{index}"));
            answer.Add(
                string.Create(CultureInfo.InvariantCulture, $"out.image{index}"),
                AspectRatioBins.ResizeAndCrop(picture, resize.Int("new_height"), resize.Int("new_width")));
        }
    }

    /// <summary>The wish stands beside the recorded answer.</summary>
    private static JsonObject Answer(JsonElement item)
    {
        var (sample, height, width) = (item.Int("sample_size"), item.Int("height"), item.Int("width"));
        var binned = AspectRatioBins.Nearest(sample, height, width);
        return new JsonObject
        {
            ["sample_size"] = sample, ["height"] = height, ["width"] = width, ["binned"] = new JsonArray(binned.Height, binned.Width),
        };
    }

    private static void CheckTables(JsonElement tables)
    {
        foreach (var table in tables.EnumerateObject())
        {
            var recorded = table.Value.EnumerateArray()
                .Select(bin => (double.Parse(bin[0].GetString()!, CultureInfo.InvariantCulture), bin[1].GetInt32(), bin[2].GetInt32()));
            if (!AspectRatioBins.Of(int.Parse(table.Name, CultureInfo.InvariantCulture)).SequenceEqual(recorded))
            {
                throw new FormatException($"the bins for sample_size {table.Name} are not the recorded ones");
            }
        }
    }
}
