using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>Tokens as cases list them.</summary>
internal static class TokenLists
{
    public static JsonArray Of(IEnumerable<int> ids) => new([.. ids.Select(id => JsonValue.Create(id))]);

    public static JsonArray Of(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    /// <summary>The one row of a batch <c>[1, L]</c>.</summary>
    public static JsonArray Of(Tensor row) => new([.. row.data<long>().Select(id => JsonValue.Create(id))]);
}
