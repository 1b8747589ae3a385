using System.Text.Json.Nodes;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>pixart.caption</c>: prompts as the pipelines clean them.</summary>
internal sealed class PixArtCaptionCase : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "pixart.caption";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        // The texts stand beside the recorded answers, and whether ftfy changes one is a remark on it.
        answer.Out["items"] = new JsonArray([.. file.Root.Member("out").Items("items").Select(item =>
        {
            var text = item.Text("in");
            return (JsonNode)new JsonObject
            {
                ["in"] = text,
                ["clean"] = PixArtCaption.Prepare(text),
                ["clean_once"] = PixArtCaption.CleanOnce(text),
                ["plain"] = PixArtCaption.Prepare(text, clean: false),
                ["needs_ftfy"] = item.Flag("needs_ftfy"),
            };
        })]);
    }
}
