using System.Text.Json;

namespace DiTFastAttn.Models;

/// <summary>
/// Configuration of a <see cref="T5Encoder"/>, in the vocabulary of the published <c>config.json</c>. The defaults are T5 v1.1 XXL, the text
/// encoder of PixArt.
/// </summary>
public sealed record T5Config
{
    private const string Model = "T5";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Rows of the token table (<c>vocab_size</c>).</summary>
    public int VocabSize { get; init; } = 32128;

    /// <summary>Width d of a token (<c>d_model</c>).</summary>
    public int DModel { get; init; } = 4096;

    /// <summary>Width D of a head (<c>d_kv</c>); H·D need not be d.</summary>
    public int DKv { get; init; } = 64;

    /// <summary>Inner width of the feed-forward (<c>d_ff</c>).</summary>
    public int DFf { get; init; } = 10240;

    /// <summary>Number of blocks (<c>num_layers</c>).</summary>
    public int NumLayers { get; init; } = 24;

    /// <summary>Number of heads H (<c>num_heads</c>).</summary>
    public int NumHeads { get; init; } = 64;

    /// <summary>Buckets of relative positions, both directions together (<c>relative_attention_num_buckets</c>).</summary>
    public int RelativeAttentionNumBuckets { get; init; } = 32;

    /// <summary>Distance in tokens from which all share the last bucket (<c>relative_attention_max_distance</c>).</summary>
    public int RelativeAttentionMaxDistance { get; init; } = 128;

    /// <summary>Epsilon of every norm (<c>layer_norm_epsilon</c>).</summary>
    public double LayerNormEpsilon { get; init; } = 1e-6;

    /// <summary>Whether the feed-forward is gated by GELU (<c>feed_forward_proj</c> "gated-gelu", T5 v1.1); else it has ReLU ("relu", T5 v1.0).</summary>
    public bool IsGatedGelu { get; init; } = true;

    /// <summary>Inner width H·D of the attention.</summary>
    public int InnerWidth => NumHeads * DKv;

    /// <summary>Reads a configuration. Unknown keys are ignored; absent ones take the published library's defaults, which are T5 v1.0 small.</summary>
    /// <param name="json">A JSON object.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static T5Config Parse(string json)
    {
        using var config = ConfigJson.Parse(json, Model);
        _ = config.Choice("model_type", 0, ("t5", 0), ("mt5", 0));
        var result = new T5Config
        {
            VocabSize = config.Int("vocab_size", 32128),
            DModel = config.Int("d_model", 512),
            DKv = config.Int("d_kv", 64),
            DFf = config.Int("d_ff", 2048),
            NumLayers = config.Int("num_layers", 6),
            NumHeads = config.Int("num_heads", 8),
            RelativeAttentionNumBuckets = config.Int("relative_attention_num_buckets", 32),
            RelativeAttentionMaxDistance = config.Int("relative_attention_max_distance", 128),
            LayerNormEpsilon = config.Double("layer_norm_epsilon", 1e-6),
            IsGatedGelu = config.Choice("feed_forward_proj", false, ("relu", false), ("gated-gelu", true)),
        };
        result.Validate();
        return result;
    }

    /// <summary>The configuration as JSON, as <see cref="Parse"/> reads it.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["architectures"] = new[] { "T5EncoderModel" },
            ["model_type"] = "t5",
            ["vocab_size"] = VocabSize,
            ["d_model"] = DModel,
            ["d_kv"] = DKv,
            ["d_ff"] = DFf,
            ["num_layers"] = NumLayers,
            ["num_heads"] = NumHeads,
            ["relative_attention_num_buckets"] = RelativeAttentionNumBuckets,
            ["relative_attention_max_distance"] = RelativeAttentionMaxDistance,
            ["layer_norm_epsilon"] = LayerNormEpsilon,
            ["feed_forward_proj"] = IsGatedGelu ? "gated-gelu" : "relu",
            ["is_encoder_decoder"] = true,
            ["pad_token_id"] = 0,
            ["eos_token_id"] = 1,
            ["tie_word_embeddings"] = false,
        },
        Indented);

    /// <summary>Checks that such a model can exist.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        ConfigChecks.AtLeast(Model, "vocab_size", VocabSize, 1);
        ConfigChecks.AtLeast(Model, "d_model", DModel, 1);
        ConfigChecks.AtLeast(Model, "d_kv", DKv, 1);
        ConfigChecks.AtLeast(Model, "d_ff", DFf, 1);
        ConfigChecks.AtLeast(Model, "num_layers", NumLayers, 1);
        ConfigChecks.AtLeast(Model, "num_heads", NumHeads, 1);
        ConfigChecks.Require((long)NumHeads * DKv <= int.MaxValue, Model, "num_heads · d_kv", (long)NumHeads * DKv, "less than 2^31");
        ConfigChecks.AtLeast(Model, "relative_attention_num_buckets", RelativeAttentionNumBuckets, 4);
        ConfigChecks.Multiple(Model, "relative_attention_num_buckets", RelativeAttentionNumBuckets, "the two directions", 2);
        ConfigChecks.Require(
            RelativeAttentionMaxDistance > RelativeAttentionNumBuckets / 4,
            Model,
            "relative_attention_max_distance",
            RelativeAttentionMaxDistance,
            $"more than {RelativeAttentionNumBuckets / 4}, a quarter of relative_attention_num_buckets");
        ConfigChecks.Require(double.IsFinite(LayerNormEpsilon) && LayerNormEpsilon >= 0, Model, "layer_norm_epsilon", LayerNormEpsilon, "0 or more");
    }
}
