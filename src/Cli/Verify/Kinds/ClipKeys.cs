using System.Text.Json.Nodes;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>clip.keys</c>: names and shapes of CLIP, without its numbers.</summary>
internal sealed class ClipKeys : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "clip.keys";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var config = ClipConfig.Parse(file.Root.Member("in").Member("config").GetRawText());
        using var model = new ClipModel(config, device: META);
        answer.Out["parameter_count"] = model.parameters().Sum(parameter => parameter.numel());
        answer.Out["buffers_older_checkpoints_also_carry"] = new JsonArray([.. model.named_children()
            .Select(child => $"{child.name}.embeddings.position_ids")
            .Where(name => name.Contains("_model.", StringComparison.Ordinal) && ClipModel.ParameterOf(name) is null)]);
        answer.Out["parameters"] = KeyLists.InOrderOf(file.Root.Member("out"), "parameters", KeyLists.Rows(model));
    }
}
