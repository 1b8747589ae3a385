using System.Text.Json;
using System.Text.Json.Nodes;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>t5.tokenize</c>: SentencePiece itself, and the tokenizers that T5 has had around it.</summary>
internal sealed class T5Tokenize : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "t5.tokenize";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var processor = SentencePieceProcessor.Load(file.Beside(file.Root.Member("files").Text("model")));
        var texts = file.Root.Member("out").Items("items").Select(item => item.Text("text"));
        Func<string, JsonObject> tokenize = file.Call.Text("flavour") switch
        {
            "sentencepiece" => text => Raw(processor, text),
            "hf-slow-legacy" => Around(T5TokenizerKind.SlowLegacy),
            "hf-slow-nonlegacy" => Around(T5TokenizerKind.SlowNonLegacy),
            "hf-fast" => Around(T5TokenizerKind.Fast),
            "hf-v5" => Around(T5TokenizerKind.Version5),
            var flavour => throw new UnsupportedCaseException($"this build has no T5 tokenizer '{flavour}'"),
        };
        answer.Out["items"] = new JsonArray([.. texts.Select(tokenize)]);

        Func<string, JsonObject> Around(T5TokenizerKind kind)
        {
            var tokenizer = new T5Tokenizer(processor, kind, file.Call.Int("extra_ids"));
            return text => Padded(tokenizer, text, file.Call);
        }
    }

    private static JsonObject Raw(SentencePieceProcessor processor, string text)
    {
        var tokens = processor.Encode(text);
        return new JsonObject
        {
            ["text"] = text,
            ["normalized"] = processor.Normalize(text),
            ["ids"] = TokenLists.Of(tokens.Select(token => token.Id)),
            ["pieces"] = TokenLists.Of(tokens.Select(token => processor.PieceOf(token.Id))),
            ["surface_pieces"] = TokenLists.Of(tokens.Select(token => token.Text)),
            ["decoded"] = processor.Decode(tokens.Select(token => token.Id)),
        };
    }

    private static JsonObject Padded(T5Tokenizer tokenizer, string text, JsonElement call)
    {
        var ids = tokenizer.Encode(text);
        using var batch = tokenizer.EncodeBatch([text], call.Int("max_length"));
        return new JsonObject
        {
            ["text"] = text,
            ["input_ids"] = TokenLists.Of(ids),
            ["attention_mask"] = TokenLists.Of(ids.Select(_ => 1)),
            ["input_ids_without_special"] = TokenLists.Of(tokenizer.Encode(text, addEnd: false)),
            ["pieces"] = TokenLists.Of(ids.Select(tokenizer.PieceOf)),
            ["padded_input_ids"] = TokenLists.Of(batch.Ids),
            ["padded_attention_mask"] = TokenLists.Of(batch.Mask),
        };
    }
}
