using System.Text.Json;

namespace DiTFastAttn.Models;

/// <summary>
/// Configuration of <see cref="DiffusersDiT"/>, in the vocabulary of diffusers' <c>transformer/config.json</c>
/// (DiTTransformer2DModel, or Transformer2DModel with norm_type ada_norm_zero). The defaults are DiT-XL/2 at 256×256.
/// </summary>
public sealed record DiffusersDiTConfig
{
    /// <summary>Number of heads H (<c>num_attention_heads</c>).</summary>
    public int NumAttentionHeads { get; init; } = 16;

    /// <summary>Width D of a head (<c>attention_head_dim</c>).</summary>
    public int AttentionHeadDim { get; init; } = 72;

    /// <summary>Channels C of the latents (<c>in_channels</c>).</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Channels of the output (<c>out_channels</c>); as many as come in where it is <see langword="null"/>.</summary>
    public int? OutChannels { get; init; }

    /// <summary>Number of blocks (<c>num_layers</c>).</summary>
    public int NumLayers { get; init; } = 28;

    /// <summary>Whether the projections to query, key and value have biases (<c>attention_bias</c>).</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>Rows and columns S of the latents, in cells (<c>sample_size</c>).</summary>
    public int SampleSize { get; init; } = 32;

    /// <summary>Rows and columns p of a patch, in cells (<c>patch_size</c>).</summary>
    public int PatchSize { get; init; } = 2;

    /// <summary>Number of classes K (<c>num_embeds_ada_norm</c>); the label table has K + 1 rows.</summary>
    public int NumEmbedsAdaNorm { get; init; } = 1000;

    /// <summary>Epsilon of each block's second layer norm (<c>norm_eps</c>); the others have 1e-6.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Tokens a side, S/p.</summary>
    public int Grid => SampleSize / PatchSize;

    /// <summary>Width d of a token.</summary>
    public int Width => NumAttentionHeads * AttentionHeadDim;

    /// <summary>Sizes of inputs and outputs.</summary>
    public DiTGeometry Geometry
        => new(SampleSize, PatchSize, InChannels, OutChannels ?? InChannels, NumEmbedsAdaNorm, NumEmbedsAdaNorm + 1);

    /// <summary>Reads a configuration. Unknown keys are ignored, absent ones take the defaults.</summary>
    /// <param name="json">A JSON object.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible, or it asks for another architecture.</exception>
    public static DiffusersDiTConfig Parse(string json)
    {
        const string Model = "DiT (diffusers)";
        using var config = ConfigJson.Parse(json, Model);
        RequireDiT(config, Model);
        var defaults = new DiffusersDiTConfig();
        var result = new DiffusersDiTConfig
        {
            NumAttentionHeads = config.Int("num_attention_heads", defaults.NumAttentionHeads),
            AttentionHeadDim = config.Int("attention_head_dim", defaults.AttentionHeadDim),
            InChannels = config.Int("in_channels", defaults.InChannels),
            OutChannels = config.IntOrNull("out_channels"),
            NumLayers = config.Int("num_layers", defaults.NumLayers),
            AttentionBias = config.Bool("attention_bias", defaults.AttentionBias),
            SampleSize = config.Int("sample_size", defaults.SampleSize),
            PatchSize = config.Int("patch_size", defaults.PatchSize),
            NumEmbedsAdaNorm = config.Int("num_embeds_ada_norm", defaults.NumEmbedsAdaNorm),
            NormEps = config.Double("norm_eps", defaults.NormEps),
        };
        result.Validate();
        return result;
    }

    /// <summary>The configuration as JSON, as <see cref="Parse"/> reads it.</summary>
    public string ToJson() => JsonSerializer.Serialize(new Dictionary<string, object?>(StringComparer.Ordinal)
    {
        ["_class_name"] = "DiTTransformer2DModel",
        ["num_attention_heads"] = NumAttentionHeads,
        ["attention_head_dim"] = AttentionHeadDim,
        ["in_channels"] = InChannels,
        ["out_channels"] = OutChannels,
        ["num_layers"] = NumLayers,
        ["attention_bias"] = AttentionBias,
        ["sample_size"] = SampleSize,
        ["patch_size"] = PatchSize,
        ["activation_fn"] = "gelu-approximate",
        ["num_embeds_ada_norm"] = NumEmbedsAdaNorm,
        ["norm_type"] = "ada_norm_zero",
        ["norm_elementwise_affine"] = false,
        ["norm_eps"] = NormEps,
    });

    /// <summary>Checks that such a model can exist.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        const string Model = "DiT (diffusers)";
        ConfigChecks.AtLeast(Model, "num_attention_heads", NumAttentionHeads, 1);
        ConfigChecks.AtLeast(Model, "attention_head_dim", AttentionHeadDim, 1);
        ConfigChecks.AtLeast(Model, "in_channels", InChannels, 1);
        ConfigChecks.AtLeast(Model, "out_channels", OutChannels ?? 1, 1);
        ConfigChecks.AtLeast(Model, "num_layers", NumLayers, 1);
        ConfigChecks.AtLeast(Model, "sample_size", SampleSize, 1);
        ConfigChecks.AtLeast(Model, "patch_size", PatchSize, 1);
        ConfigChecks.AtLeast(Model, "num_embeds_ada_norm", NumEmbedsAdaNorm, 1);
        ConfigChecks.Multiple(Model, "sample_size", SampleSize, "patch_size", PatchSize);
        ConfigChecks.Multiple(Model, "num_attention_heads · attention_head_dim", Width, "the four parts of the position table", 4);
        ConfigChecks.Require(double.IsFinite(NormEps) && NormEps > 0, Model, "norm_eps", NormEps, "a positive number");
    }

    /// <summary>Refuses what would be another model than DiT under the same class name.</summary>
    private static void RequireDiT(ConfigJson config, string model)
    {
        _ = config.Choice("_class_name", 0, ("DiTTransformer2DModel", 0), ("Transformer2DModel", 0));
        _ = config.Choice("norm_type", 0, ("ada_norm_zero", 0));
        _ = config.Choice("activation_fn", 0, ("gelu-approximate", 0));
        ConfigChecks.Require(!config.Bool("norm_elementwise_affine", otherwise: false), model, "norm_elementwise_affine", true, "false");
        ConfigChecks.Require(!config.Has("cross_attention_dim"), model, "cross_attention_dim", "set", "null: DiT has no cross-attention");
        ConfigChecks.Require(config.Double("dropout", 0) == 0, model, "dropout", config.Double("dropout", 0), "0");
    }
}
