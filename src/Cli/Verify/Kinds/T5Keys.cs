using System.Text.Json.Nodes;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>t5.keys</c>: names and shapes of T5's encoder, without its numbers.</summary>
internal sealed class T5Keys : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "t5.keys";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var config = T5Config.Parse(file.Root.Member("in").Member("config").GetRawText());
        using var model = new T5Encoder(config, device: META);
        const string Shared = "shared.weight";
        const string Encoder = "encoder.embed_tokens.weight";
        answer.Out["parameter_count"] = model.parameters().Sum(parameter => parameter.numel());
        answer.Out["tied"] = new JsonArray(new JsonArray(Encoder, T5Encoder.ParameterOf(Encoder, hasShared: false)));
        answer.Out["either_name_may_be_in_a_checkpoint"] = T5Encoder.ParameterOf(Shared, hasShared: true) == Shared && T5Encoder.ParameterOf(Encoder, hasShared: true) is null;
        answer.Out["parameters"] = KeyLists.InOrderOf(file.Root.Member("out"), "parameters", KeyLists.Rows(model));
    }
}
