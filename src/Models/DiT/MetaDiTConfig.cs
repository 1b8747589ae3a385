using System.Text.Json;

namespace DiTFastAttn.Models;

/// <summary>
/// Configuration of <see cref="MetaDiT"/>, in the vocabulary of facebookresearch/DiT. The defaults are DiT-XL/2 at 256×256.
/// </summary>
public sealed record MetaDiTConfig
{
    /// <summary>Rows and columns S of the latents, in cells (<c>input_size</c>).</summary>
    public int InputSize { get; init; } = 32;

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

    /// <summary>Share of labels dropped in training; above 0 the label table has a row for "no class" (<c>class_dropout_prob</c>).</summary>
    public double ClassDropoutProb { get; init; } = 0.1;

    /// <summary>Number of classes K (<c>num_classes</c>).</summary>
    public int NumClasses { get; init; } = 1000;

    /// <summary>Whether the output has C more channels for the variance (<c>learn_sigma</c>).</summary>
    public bool LearnSigma { get; init; } = true;

    /// <summary>Whether the projection to query, key and value has a bias (<c>qkv_bias</c>).</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>
    /// Tokens a side of the grid whose coordinates the position table covers (<c>position_grid</c>); the model's own where it
    /// is <see langword="null"/>. A fixed number lets one set of weights serve several resolutions.
    /// </summary>
    public int? PositionGrid { get; init; }

    /// <summary>Tokens a side, S/p.</summary>
    public int Grid => InputSize / PatchSize;

    /// <summary>Width D of a head.</summary>
    public int HeadWidth => HiddenSize / NumHeads;

    /// <summary>Width of the feed-forward's hidden layer.</summary>
    public int MlpWidth => (int)(HiddenSize * MlpRatio);

    /// <summary>Sizes of inputs and outputs.</summary>
    public DiTGeometry Geometry => new(
        InputSize, PatchSize, InChannels, LearnSigma ? 2 * InChannels : InChannels, NumClasses, ClassDropoutProb > 0 ? NumClasses + 1 : NumClasses);

    /// <summary>Reads a configuration. Unknown keys are ignored, absent ones take the defaults.</summary>
    /// <param name="json">A JSON object.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static MetaDiTConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, "DiT");
        var defaults = new MetaDiTConfig();
        var result = new MetaDiTConfig
        {
            InputSize = config.Int("input_size", defaults.InputSize),
            PatchSize = config.Int("patch_size", defaults.PatchSize),
            InChannels = config.Int("in_channels", defaults.InChannels),
            HiddenSize = config.Int("hidden_size", defaults.HiddenSize),
            Depth = config.Int("depth", defaults.Depth),
            NumHeads = config.Int("num_heads", defaults.NumHeads),
            MlpRatio = config.Double("mlp_ratio", defaults.MlpRatio),
            ClassDropoutProb = config.Double("class_dropout_prob", defaults.ClassDropoutProb),
            NumClasses = config.Int("num_classes", defaults.NumClasses),
            LearnSigma = config.Bool("learn_sigma", defaults.LearnSigma),
            QkvBias = config.Bool("qkv_bias", defaults.QkvBias),
            PositionGrid = config.IntOrNull("position_grid"),
        };
        result.Validate();
        return result;
    }

    /// <summary>The configuration as JSON, as <see cref="Parse"/> reads it.</summary>
    public string ToJson()
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["input_size"] = InputSize,
            ["patch_size"] = PatchSize,
            ["in_channels"] = InChannels,
            ["hidden_size"] = HiddenSize,
            ["depth"] = Depth,
            ["num_heads"] = NumHeads,
            ["mlp_ratio"] = MlpRatio,
            ["class_dropout_prob"] = ClassDropoutProb,
            ["num_classes"] = NumClasses,
            ["learn_sigma"] = LearnSigma,
            ["qkv_bias"] = QkvBias,
        };
        if (PositionGrid is { } grid)
        {
            values["position_grid"] = grid;
        }

        return JsonSerializer.Serialize(values);
    }

    /// <summary>Checks that such a model can exist.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        const string Model = "DiT";
        ConfigChecks.AtLeast(Model, "input_size", InputSize, 1);
        ConfigChecks.AtLeast(Model, "patch_size", PatchSize, 1);
        ConfigChecks.AtLeast(Model, "in_channels", InChannels, 1);
        ConfigChecks.AtLeast(Model, "hidden_size", HiddenSize, 4);
        ConfigChecks.AtLeast(Model, "depth", Depth, 1);
        ConfigChecks.AtLeast(Model, "num_heads", NumHeads, 1);
        ConfigChecks.AtLeast(Model, "num_classes", NumClasses, 1);
        ConfigChecks.AtLeast(Model, "position_grid", PositionGrid ?? 1, 1);
        ConfigChecks.Multiple(Model, "input_size", InputSize, "patch_size", PatchSize);
        ConfigChecks.Multiple(Model, "hidden_size", HiddenSize, "num_heads", NumHeads);
        ConfigChecks.Multiple(Model, "hidden_size", HiddenSize, "the four parts of the position table", 4);
        ConfigChecks.Require(
            double.IsFinite(MlpRatio) && MlpRatio * HiddenSize is >= 1 and <= int.MaxValue,
            Model, "mlp_ratio", MlpRatio, $"a positive number that makes the feed-forward at least 1 wide (hidden_size is {HiddenSize})");
        ConfigChecks.Require(ClassDropoutProb is >= 0 and < 1, Model, "class_dropout_prob", ClassDropoutProb, "0 or more and below 1");
    }
}
