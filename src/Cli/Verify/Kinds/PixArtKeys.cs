using System.Text.Json.Nodes;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>pixart.keys</c>: parameter names and shapes of both layouts of a full-size model, and the map between them, without its memory.</summary>
internal sealed class PixArtKeys : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "pixart.keys";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var recorded = file.Root.Member("out");
        var original = PixArtMSConfig.Parse(file.Root.Member("in").Member("original_config").GetRawText());
        var diffusers = PixArtTransformerConfig.Parse(file.Root.Member("in").Member("diffusers_config").GetRawText());
        var diffusersShapes = StateShapes.Of(() => new PixArtTransformer(diffusers));
        var originalShapes = StateShapes.Of(() => new PixArtMS(original));
        answer.Out["diffusers_parameters"] = KeyLists.InOrderOf(recorded, "diffusers_parameters", diffusersShapes.Select(entry => KeyLists.Row(entry.Name, entry.Shape)));
        answer.Out["diffusers_parameter_count"] = diffusersShapes.Sum(entry => entry.Shape.Aggregate(1L, (product, size) => product * size));
        answer.Out["original_state_dict"] = KeyLists.InOrderOf(recorded, "original_state_dict", originalShapes.Select(entry => KeyLists.Row(entry.Name, entry.Shape)));
        answer.Out["original_buffers"] = new JsonArray([.. PixArtKeyMap.Buffers.Select(name => JsonValue.Create(name))]);
        var map = PixArtKeyMap.For(original).ToLookup(mapping => mapping.Original, StringComparer.Ordinal);
        answer.Out["original_to_diffusers"] = KeyLists.InOrderOf(recorded, "original_to_diffusers", originalShapes.Select(entry => Mapped(entry.Name, [.. map[entry.Name]])));
    }

    private static JsonArray Mapped(string original, IReadOnlyList<KeyMapping> parts) => new(
        original,
        new JsonArray([.. parts.OrderBy(part => part.Rows?.From).Select(part => JsonValue.Create(part.Diffusers))]),
        parts switch
        {
            [] => "dropped",
            [{ Rows: null }] => "same",
            _ => $"split into {parts.Count} equal row blocks, in this order",
        });
}
