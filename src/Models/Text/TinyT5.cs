using System.Text;
using System.Text.Json;
using DiTFastAttn.Models.Text.SentencePiece;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// A small text encoder for folders that are made without a download: a SentencePiece model that is valid for every reader of the format, and an
/// encoder with formula weights that takes its ids. Both are the same on every machine.
/// </summary>
public static class TinyT5
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,!?'\"-:;()/&%#";

    private static readonly string[] Words =
    [
        "a", "an", "and", "at", "black", "blue", "boat", "by", "cat", "city", "dog", "flower", "forest", "from", "green", "high", "house", "in", "is", "light",
        "man", "mountain", "of", "on", "painting", "photo", "portrait", "red", "river", "sea", "sky", "small", "sunset", "the", "to", "tree", "under", "white", "with", "woman",
    ];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly string[] Parts = ["ing", "ed", "er", "es", "ly", "th", "st", "ou", "an", "in", "on", "re", "al"];

    /// <summary>Rows of the encoder's table: pieces and sentinels, rounded up as in the published models.</summary>
    public const int VocabularySize = 256;

    /// <summary>An encoder of two blocks.</summary>
    /// <param name="width">Width d of its states: the transformer's caption channels.</param>
    public static T5Config Config(int width = 32) => new()
    {
        VocabSize = VocabularySize,
        DModel = width,
        DKv = 8,
        DFf = 2 * width,
        NumLayers = 2,
        NumHeads = 4,
    };

    /// <summary>Writes <c>spiece.model</c> and <c>tokenizer_config.json</c>, as a pipeline's <c>tokenizer</c> folder has them.</summary>
    /// <param name="folder">The folder; made where it is missing.</param>
    /// <param name="length">Tokens that a prompt is cut to (<c>model_max_length</c>).</param>
    public static void WriteTokenizer(string folder, int length = 300)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, "spiece.model"), stream => stream.Write(Model().Span));
        WriteJson(Path.Combine(folder, "tokenizer_config.json"), new()
        {
            ["tokenizer_class"] = "T5Tokenizer",
            ["legacy"] = true,
            ["extra_ids"] = T5Tokenizer.DefaultExtraIds,
            ["model_max_length"] = length,
            ["eos_token"] = "</s>",
            ["pad_token"] = "<pad>",
            ["unk_token"] = "<unk>",
        });
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>, as a pipeline's <c>text_encoder</c> folder has them.</summary>
    /// <param name="folder">The folder; made where it is missing.</param>
    /// <param name="config">The encoder's sizes.</param>
    /// <param name="dtype">The dtype of the weights in the file.</param>
    public static void WriteEncoder(string folder, T5Config config, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), config.ToJson());
        using var model = new T5Encoder(config);
        FormulaWeights.Fill(model);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.to(dtype), StringComparer.Ordinal),
            new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
    }

    /// <summary>The SentencePiece model: letters, some words and parts of words, with scores that prefer what is longer.</summary>
    internal static ReadOnlyMemory<byte> Model()
    {
        const int PiecesField = 1, TrainerField = 2, NormalizerField = 3;
        const float LetterScore = -8, PartScore = -5, WordScore = -3;
        var model = new ProtoWriter();
        Add("<pad>", 0, PieceType.Control);
        Add("</s>", 0, PieceType.Control);
        Add("<unk>", 0, PieceType.Unknown);
        Add("▁", LetterScore, PieceType.Normal);
        (IEnumerable<string> Pieces, float Score)[] groups =
        [
            (Words.Select(word => "▁" + word), WordScore),
            (Parts, PartScore),
            (Letters.Select(letter => letter.ToString()), LetterScore),
        ];
        foreach (var (pieces, score) in groups)
        {
            var order = 0;
            foreach (var piece in pieces)
            {
                // No two scores are equal: which of several ways to cut is taken depends on no rounding.
                Add(piece, score - (order++ / 128f), PieceType.Normal);
            }
        }

        // Field numbers of the format: model_type, unk_id, bos_id, eos_id, pad_id.
        model.Bytes(TrainerField, new ProtoWriter().Number(3, (int)SegmentationType.Unigram).Number(40, 2).Number(41, -1).Number(42, 1).Number(43, 0).Written.Span);
        model.Bytes(NormalizerField, new ProtoWriter().Bytes(1, "identity"u8).Number(3, 1).Number(4, 1).Number(5, 1).Written.Span);
        return model.Written;

        void Add(string piece, float score, PieceType type)
            => model.Bytes(PiecesField, new ProtoWriter().Bytes(1, Encoding.UTF8.GetBytes(piece)).Number(2, score).Number(3, (int)type).Written.Span);
    }

    private static void WriteJson(string path, Dictionary<string, object> content)
        => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, content, Indented));
}
