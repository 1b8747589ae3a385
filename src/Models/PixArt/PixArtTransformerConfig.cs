using System.Text.Json;

namespace DiTFastAttn.Models;

/// <summary>
/// Configuration of <see cref="PixArtTransformer"/>, in the vocabulary of diffusers' <c>transformer/config.json</c>
/// (PixArtTransformer2DModel, or Transformer2DModel with norm_type ada_norm_single). The defaults are PixArt-Σ at 1024×1024.
/// </summary>
public sealed record PixArtTransformerConfig
{
    private const string Model = "PixArt (diffusers)";
    private const int SizeConditionSample = 128;

    /// <summary>Number of heads H (<c>num_attention_heads</c>).</summary>
    public int NumAttentionHeads { get; init; } = 16;

    /// <summary>Width D of a head (<c>attention_head_dim</c>).</summary>
    public int AttentionHeadDim { get; init; } = 72;

    /// <summary>Channels C of the latents (<c>in_channels</c>).</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Channels of the output (<c>out_channels</c>); as many as come in where it is <see langword="null"/>.</summary>
    public int? OutChannels { get; init; } = 8;

    /// <summary>Number of blocks (<c>num_layers</c>).</summary>
    public int NumLayers { get; init; } = 28;

    /// <summary>Whether the projections to query, key and value have biases (<c>attention_bias</c>).</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>Rows and columns of the latents that the model was made for, in cells (<c>sample_size</c>).</summary>
    public int SampleSize { get; init; } = 128;

    /// <summary>Rows and columns p of a patch, in cells (<c>patch_size</c>).</summary>
    public int PatchSize { get; init; } = 2;

    /// <summary>Epsilon of the blocks' layer norms (<c>norm_eps</c>); the last one has 1e-6.</summary>
    public double NormEps { get; init; } = 1e-6;

    /// <summary>Divides the positions (<c>interpolation_scale</c>); the sample size over 64, at least 1, where it is <see langword="null"/>.</summary>
    public double? InterpolationScale { get; init; }

    /// <summary>Whether the model takes the picture's size (<c>use_additional_conditions</c>); where <see langword="null"/>, if the sample size is 128.</summary>
    public bool? UseAdditionalConditions { get; init; } = false;

    /// <summary>Width of a caption's tokens (<c>caption_channels</c>).</summary>
    public int CaptionChannels { get; init; } = 4096;

    /// <summary>Width d of a token.</summary>
    public int Width => NumAttentionHeads * AttentionHeadDim;

    /// <summary>Sizes of inputs and outputs.</summary>
    public PixArtGeometry Geometry => new(
        SampleSize, PatchSize, InChannels, OutChannels ?? InChannels, CaptionChannels,
        InterpolationScale ?? Math.Max(SampleSize / 64, 1), UseAdditionalConditions ?? SampleSize == SizeConditionSample);

    /// <summary>Reads a configuration. Unknown keys are ignored, absent ones take diffusers' defaults.</summary>
    /// <param name="json">A JSON object.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible, or it asks for another architecture.</exception>
    public static PixArtTransformerConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, Model);
        var defaults = new PixArtTransformerConfig();
        var result = new PixArtTransformerConfig
        {
            NumAttentionHeads = config.Int("num_attention_heads", defaults.NumAttentionHeads),
            AttentionHeadDim = config.Int("attention_head_dim", defaults.AttentionHeadDim),
            InChannels = config.Int("in_channels", defaults.InChannels),
            OutChannels = config.IntOrNull("out_channels"),
            NumLayers = config.Int("num_layers", defaults.NumLayers),
            AttentionBias = config.Bool("attention_bias", defaults.AttentionBias),
            SampleSize = config.Int("sample_size", defaults.SampleSize),
            PatchSize = config.Int("patch_size", defaults.PatchSize),
            NormEps = config.Double("norm_eps", defaults.NormEps),
            InterpolationScale = config.Has("interpolation_scale") ? config.Double("interpolation_scale", 0) : null,
            UseAdditionalConditions = config.Has("use_additional_conditions") ? config.Bool("use_additional_conditions", otherwise: false) : null,
            CaptionChannels = config.Int("caption_channels", defaults.CaptionChannels),
        };
        RequirePixArt(config, result);
        result.Validate();
        return result;
    }

    /// <summary>The configuration as JSON, as <see cref="Parse"/> reads it.</summary>
    public string ToJson() => JsonSerializer.Serialize(new Dictionary<string, object?>(StringComparer.Ordinal)
    {
        ["_class_name"] = "PixArtTransformer2DModel",
        ["num_attention_heads"] = NumAttentionHeads,
        ["attention_head_dim"] = AttentionHeadDim,
        ["in_channels"] = InChannels,
        ["out_channels"] = OutChannels,
        ["num_layers"] = NumLayers,
        ["cross_attention_dim"] = Width,
        ["attention_bias"] = AttentionBias,
        ["sample_size"] = SampleSize,
        ["patch_size"] = PatchSize,
        ["activation_fn"] = "gelu-approximate",
        ["norm_type"] = "ada_norm_single",
        ["norm_elementwise_affine"] = false,
        ["norm_eps"] = NormEps,
        ["interpolation_scale"] = InterpolationScale,
        ["use_additional_conditions"] = UseAdditionalConditions,
        ["caption_channels"] = CaptionChannels,
    });

    /// <summary>Checks that such a model can exist.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        ConfigChecks.AtLeast(Model, "num_attention_heads", NumAttentionHeads, 1);
        ConfigChecks.AtLeast(Model, "attention_head_dim", AttentionHeadDim, 1);
        ConfigChecks.AtLeast(Model, "in_channels", InChannels, 1);
        ConfigChecks.AtLeast(Model, "out_channels", OutChannels ?? 1, 1);
        ConfigChecks.AtLeast(Model, "num_layers", NumLayers, 1);
        ConfigChecks.AtLeast(Model, "patch_size", PatchSize, 1);
        ConfigChecks.AtLeast(Model, "sample_size", SampleSize, PatchSize);
        ConfigChecks.AtLeast(Model, "caption_channels", CaptionChannels, 1);
        ConfigChecks.Multiple(Model, "num_attention_heads · attention_head_dim", Width, "the four parts of the position table", 4);
        ConfigChecks.Require(double.IsFinite(NormEps) && NormEps > 0, Model, "norm_eps", NormEps, "a positive number");
        ConfigChecks.Require(
            InterpolationScale is null || (double.IsFinite(InterpolationScale.Value) && InterpolationScale > 0), Model, "interpolation_scale", InterpolationScale, "a positive number or null");
        if (Geometry.TakesPictureSize)
        {
            ConfigChecks.Multiple(Model, "num_attention_heads · attention_head_dim", Width, "height, width and aspect ratio", 3);
        }
    }

    /// <summary>Refuses what would be another model than PixArt under the same class name.</summary>
    private static void RequirePixArt(ConfigJson config, PixArtTransformerConfig result)
    {
        _ = config.Choice("_class_name", 0, ("PixArtTransformer2DModel", 0), ("Transformer2DModel", 0));
        _ = config.Choice("norm_type", 0, ("ada_norm_single", 0));
        _ = config.Choice("activation_fn", 0, ("gelu-approximate", 0));
        ConfigChecks.Require(!config.Bool("norm_elementwise_affine", otherwise: false), Model, "norm_elementwise_affine", true, "false");
        ConfigChecks.Require(config.Double("dropout", 0) == 0, Model, "dropout", config.Double("dropout", 0), "0");
        ConfigChecks.Require(
            config.Int("cross_attention_dim", result.Width) == result.Width, Model, "cross_attention_dim", config.Int("cross_attention_dim", 0),
            $"num_attention_heads · attention_head_dim, {result.Width}");
    }
}
