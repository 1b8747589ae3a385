using System.Text.Json.Nodes;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>vae.keys</c>: parameter names and shapes of the full-size models, and the attention's earlier names.</summary>
internal sealed class VaeKeys : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "vae.keys";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = new AutoencoderKL(AutoencoderKLConfig.Parse(file.Root.Member("in").Member("config").GetRawText()), META);
        var state = model.state_dict();
        var recorded = file.Root.Member("out");
        answer.Out["parameters"] = KeyLists.InOrderOf(recorded, "parameters", KeyLists.Rows(model));
        answer.Out["parameter_count"] = state.Values.Sum(parameter => parameter.numel());
        answer.Out["old_attention_names"] = KeyLists.InOrderOf(
            recorded, "old_attention_names", model.EarlierNames.Select(pair => new JsonArray(pair.Earlier, pair.Name)), column: 1);
    }
}
