using System.Text.Json.Nodes;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>clip.tokenize</c>: CLIP's byte pair encoding, with each of the ways to clean text before it.</summary>
internal sealed class ClipTokenize : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "clip.tokenize";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var kind = file.Call.Text("flavour") switch
        {
            "hf-fast" => ClipTokenizerKind.Fast,
            "hf-slow-ftfy" => ClipTokenizerKind.SlowFtfy,
            "hf-slow-no-ftfy" => ClipTokenizerKind.SlowNoFtfy,
            "hf-v5" => ClipTokenizerKind.Version5,
            var flavour => throw new UnsupportedCaseException($"this build has no CLIP tokenizer '{flavour}'"),
        };
        var files = file.Root.Member("files");
        var tokenizer = ClipTokenizer.Load(file.Beside(files.Text("vocab")), file.Beside(files.Text("merges")), kind);
        var length = file.Call.Int("max_length");
        answer.Out["items"] = new JsonArray([.. file.Root.Member("out").Items("items").Select(item => Tokenize(item.Text("text")))]);

        JsonObject Tokenize(string text)
        {
            var ids = tokenizer.Encode(text);
            using var batch = tokenizer.EncodeBatch([text], length);
            return new JsonObject
            {
                ["text"] = text,
                ["input_ids"] = TokenLists.Of(ids),
                ["tokens"] = TokenLists.Of(ids.Select(tokenizer.NameOf)),
                ["padded_input_ids"] = TokenLists.Of(batch.Ids),
                ["padded_attention_mask"] = TokenLists.Of(batch.Mask),
            };
        }
    }
}
