using System.Text.Json;

namespace DiTFastAttn.Models;

/// <summary>
/// Configuration of <see cref="PixArtMS"/>, in the vocabulary of the PixArt-sigma repository. The defaults are PixArt-Σ XL/2 at 1024×1024.
/// </summary>
public sealed record PixArtMSConfig
{
    private const string Model = "PixArt";

    /// <summary>Rows and columns of the latents that the model was made for, in cells (<c>input_size</c>).</summary>
    public int InputSize { get; init; } = 128;

    /// <summary>Rows and columns p of a patch, in cells (<c>patch_size</c>).</summary>
    public int PatchSize { get; init; } = 2;

    /// <summary>Channels C of the latents (<c>in_channels</c>).</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Width d of a token (<c>hidden_size</c>).</summary>
    public int HiddenSize { get; init; } = 1152;

    /// <summary>Number of blocks (<c>depth</c>).</summary>
    public int Depth { get; init; } = 28;

    /// <summary>Number of heads H (<c>num_heads</c>).</summary>
    public int NumHeads { get; init; } = 16;

    /// <summary>Width of the feed-forward over the token's (<c>mlp_ratio</c>).</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Whether the output has C more channels for the variance (<c>pred_sigma</c>).</summary>
    public bool PredSigma { get; init; } = true;

    /// <summary>Width of a caption's tokens (<c>caption_channels</c>).</summary>
    public int CaptionChannels { get; init; } = 4096;

    /// <summary>Divides the positions (<c>pe_interpolation</c>).</summary>
    public double PeInterpolation { get; init; } = 2;

    /// <summary>Tokens of a caption (<c>model_max_length</c>): 300 for Σ, 120 for α.</summary>
    public int ModelMaxLength { get; init; } = 300;

    /// <summary>Whether the model takes the picture's size (<c>micro_condition</c>).</summary>
    public bool MicroCondition { get; init; }

    /// <summary>Whether query and key pass a layer norm (<c>qk_norm</c>).</summary>
    public bool QkNorm { get; init; }

    /// <summary>The blocks whose keys and values are compressed (<c>kv_compress_config.kv_compress_layer</c>); none in the released models.</summary>
    public IReadOnlyList<int> KvCompressLayers { get; init; } = [];

    /// <summary>By how much rows and columns of keys and values shrink in those blocks (<c>kv_compress_config.scale_factor</c>).</summary>
    public int KvCompressScale { get; init; } = 2;

    /// <summary>Width D of a head.</summary>
    public int HeadWidth => HiddenSize / NumHeads;

    /// <summary>Width of the feed-forward's hidden layer.</summary>
    public int MlpWidth => (int)(HiddenSize * MlpRatio);

    /// <summary>Sizes of inputs and outputs.</summary>
    public PixArtGeometry Geometry => new(
        InputSize, PatchSize, InChannels, PredSigma ? 2 * InChannels : InChannels, CaptionChannels, PeInterpolation, MicroCondition);

    /// <summary>Reads a configuration. Unknown keys are ignored, absent ones take the defaults.</summary>
    /// <param name="json">A JSON object.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static PixArtMSConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, Model);
        using var compression = config.Object("kv_compress_config") is { } text ? ConfigJson.Parse(text, "PixArt kv_compress_config") : null;
        var defaults = new PixArtMSConfig();
        var result = new PixArtMSConfig
        {
            InputSize = config.Int("input_size", defaults.InputSize),
            PatchSize = config.Int("patch_size", defaults.PatchSize),
            InChannels = config.Int("in_channels", defaults.InChannels),
            HiddenSize = config.Int("hidden_size", defaults.HiddenSize),
            Depth = config.Int("depth", defaults.Depth),
            NumHeads = config.Int("num_heads", defaults.NumHeads),
            MlpRatio = config.Double("mlp_ratio", defaults.MlpRatio),
            PredSigma = config.Bool("pred_sigma", defaults.PredSigma),
            CaptionChannels = config.Int("caption_channels", defaults.CaptionChannels),
            PeInterpolation = config.Double("pe_interpolation", defaults.PeInterpolation),
            ModelMaxLength = config.Int("model_max_length", defaults.ModelMaxLength),
            MicroCondition = config.Bool("micro_condition", defaults.MicroCondition),
            QkNorm = config.Bool("qk_norm", defaults.QkNorm),
        };
        if (compression is not null && compression.Int("scale_factor", 1) > 1 && compression.Doubles("kv_compress_layer") is { Count: > 0 } layers)
        {
            _ = compression.Choice("sampling", 0, ("conv", 0));
            result = result with { KvCompressScale = compression.Int("scale_factor", 1), KvCompressLayers = [.. layers.Select(layer => (int)layer)] };
        }

        result.Validate();
        return result;
    }

    /// <summary>The configuration as JSON, as <see cref="Parse"/> reads it.</summary>
    public string ToJson() => JsonSerializer.Serialize(new Dictionary<string, object?>(StringComparer.Ordinal)
    {
        ["model"] = "PixArtMS",
        ["input_size"] = InputSize,
        ["patch_size"] = PatchSize,
        ["in_channels"] = InChannels,
        ["hidden_size"] = HiddenSize,
        ["depth"] = Depth,
        ["num_heads"] = NumHeads,
        ["mlp_ratio"] = MlpRatio,
        ["pred_sigma"] = PredSigma,
        ["caption_channels"] = CaptionChannels,
        ["pe_interpolation"] = PeInterpolation,
        ["model_max_length"] = ModelMaxLength,
        ["micro_condition"] = MicroCondition,
        ["qk_norm"] = QkNorm,
        ["kv_compress_config"] = KvCompressLayers.Count == 0
            ? null
            : new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["sampling"] = "conv", ["scale_factor"] = KvCompressScale, ["kv_compress_layer"] = KvCompressLayers,
            },
    });

    /// <summary>Checks that such a model can exist.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        ConfigChecks.AtLeast(Model, "patch_size", PatchSize, 1);
        ConfigChecks.AtLeast(Model, "input_size", InputSize, PatchSize);
        ConfigChecks.AtLeast(Model, "in_channels", InChannels, 1);
        ConfigChecks.AtLeast(Model, "hidden_size", HiddenSize, 4);
        ConfigChecks.AtLeast(Model, "depth", Depth, 1);
        ConfigChecks.AtLeast(Model, "num_heads", NumHeads, 1);
        ConfigChecks.AtLeast(Model, "caption_channels", CaptionChannels, 1);
        ConfigChecks.AtLeast(Model, "model_max_length", ModelMaxLength, 1);
        ConfigChecks.Multiple(Model, "hidden_size", HiddenSize, "num_heads", NumHeads);
        ConfigChecks.Multiple(Model, "hidden_size", HiddenSize, "the four parts of the position table", 4);
        ConfigChecks.Require(
            double.IsFinite(MlpRatio) && MlpRatio * HiddenSize is >= 1 and <= int.MaxValue,
            Model, "mlp_ratio", MlpRatio, $"a positive number that makes the feed-forward at least 1 wide (hidden_size is {HiddenSize})");
        ConfigChecks.Require(double.IsFinite(PeInterpolation) && PeInterpolation > 0, Model, "pe_interpolation", PeInterpolation, "a positive number");
        if (MicroCondition)
        {
            ConfigChecks.Multiple(Model, "hidden_size", HiddenSize, "height, width and aspect ratio", 3);
        }

        foreach (var layer in KvCompressLayers)
        {
            ConfigChecks.Between(Model, "kv_compress_layer", layer, 0, Depth - 1);
            ConfigChecks.AtLeast(Model, "scale_factor", KvCompressScale, 2);
        }
    }
}
