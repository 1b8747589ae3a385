using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DiTFastAttn.Models.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// A small CLIP for folders that are made without a download: vocabulary and merges that are valid for every reader of the format, and both towers
/// with formula weights. The same on every machine.
/// </summary>
public static class TinyClip
{
    private const string WordEnd = "</w>";

    private static readonly string[] Words = ["a", "cat", "dog", "of", "on", "photo", "red", "sea", "the", "tree", "with"];

    private static readonly JsonSerializerOptions Plain = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Both towers with two layers each.</summary>
    public static ClipConfig Config()
    {
        var tokens = Vocabulary().Tokens.Count;
        return new ClipConfig
        {
            Text = new ClipTextConfig
            {
                Tower = new ClipTowerConfig { HiddenSize = 32, IntermediateSize = 64, NumHiddenLayers = 2, NumAttentionHeads = 4 },
                VocabSize = tokens,
                EosTokenId = tokens - 1,
            },
            Vision = new ClipVisionConfig
            {
                Tower = new ClipTowerConfig { HiddenSize = 32, IntermediateSize = 64, NumHiddenLayers = 2, NumAttentionHeads = 4 },
                ImageSize = 32,
                PatchSize = 8,
            },
            ProjectionDim = 16,
        };
    }

    /// <summary>Writes everything that a published CLIP folder has: tokenizer, image processor, configuration and weights.</summary>
    /// <param name="folder">The folder; made where it is missing.</param>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        WriteTokenizer(folder);
        var config = Config();
        WriteJson(Path.Combine(folder, "preprocessor_config.json"), new()
        {
            ["size"] = new Dictionary<string, int>(StringComparer.Ordinal) { ["shortest_edge"] = config.Vision.ImageSize },
            ["crop_size"] = new Dictionary<string, int>(StringComparer.Ordinal) { ["height"] = config.Vision.ImageSize, ["width"] = config.Vision.ImageSize },
            ["resample"] = 3,
        });
        WriteJson(Path.Combine(folder, "config.json"), new()
        {
            ["model_type"] = "clip",
            ["projection_dim"] = config.ProjectionDim,
            ["text_config"] = Tower(config.Text.Tower, ("vocab_size", config.Text.VocabSize), ("max_position_embeddings", config.Text.MaxPositionEmbeddings), ("eos_token_id", config.Text.EosTokenId)),
            ["vision_config"] = Tower(config.Vision.Tower, ("image_size", config.Vision.ImageSize), ("patch_size", config.Vision.PatchSize)),
        });
        using var model = new ClipModel(config);
        FormulaWeights.Fill(model);
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"), model.state_dict(), new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
    }

    /// <summary>Writes <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    /// <param name="folder">The folder; made where it is missing.</param>
    public static void WriteTokenizer(string folder)
    {
        Directory.CreateDirectory(folder);
        var (tokens, merges) = Vocabulary();
        WriteJson(Path.Combine(folder, "vocab.json"), tokens.Select((token, id) => (token, id)).ToDictionary(e => e.token, e => (object)e.id, StringComparer.Ordinal));
        AtomicFile.Write(
            Path.Combine(folder, "merges.txt"),
            stream => stream.Write(Encoding.UTF8.GetBytes("#version: 0.2\n" + string.Concat(merges.Select(merge => $"{merge.Left} {merge.Right}\n")))));
    }

    /// <summary>The letters of all bytes, the same at a word's end, what the words are merged from, and the two special tokens.</summary>
    private static (List<string> Tokens, List<(string Left, string Right)> Merges) Vocabulary()
    {
        var letters = Enumerable.Range(0, 256).Select(value => ByteLetters.Of((byte)value).ToString()).ToList();
        List<string> tokens = [.. letters, .. letters.Select(letter => letter + WordEnd)];
        var merges = new List<(string Left, string Right)>();
        foreach (var word in Words)
        {
            // From the right: the end of a word is merged first, so that no merge is in the way of another word's.
            var right = word[^1] + WordEnd;
            for (var i = word.Length - 2; i >= 0; i--)
            {
                var left = word[i].ToString();
                if (!tokens.Contains(left + right))
                {
                    merges.Add((left, right));
                    tokens.Add(left + right);
                }

                right = left + right;
            }
        }

        return ([.. tokens, "<|startoftext|>", "<|endoftext|>"], merges);
    }

    private static Dictionary<string, object> Tower(ClipTowerConfig config, params ReadOnlySpan<(string Key, int Value)> more)
    {
        var result = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["hidden_size"] = config.HiddenSize,
            ["intermediate_size"] = config.IntermediateSize,
            ["num_hidden_layers"] = config.NumHiddenLayers,
            ["num_attention_heads"] = config.NumAttentionHeads,
            ["hidden_act"] = config.IsQuickGelu ? "quick_gelu" : "gelu",
            ["layer_norm_eps"] = config.LayerNormEps,
        };
        foreach (var (key, value) in more)
        {
            result[key] = value;
        }

        return result;
    }

    private static void WriteJson(string path, Dictionary<string, object> content)
        => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, content, Plain));
}
