using System.Globalization;
using System.Text.Json;

namespace DiTFastAttn.Models;

/// <summary>
/// Configuration of <see cref="STDiTModel"/> in the vocabulary of the released <c>config.json</c>. The defaults are STDiT2-XL/2, stage 3, of
/// OpenSora v1.1.
/// </summary>
public sealed record STDiTConfig
{
    private const string What = "STDiT";

    /// <summary>Which transformer (<c>model_type</c>: STDiT or STDiT2).</summary>
    public STDiTVersion Version { get; init; } = STDiTVersion.STDiT2;

    /// <summary>Frames, rows and columns of the latents, which STDiT has fixed (<c>input_size</c>); STDiT2 takes any.</summary>
    public (int Frames, int Rows, int Columns) InputSize { get; init; } = (16, 64, 64);

    /// <summary>Side of the square that positions are measured against, in pixels (<c>input_sq_size</c>); STDiT2.</summary>
    public int InputSquareSize { get; init; } = 512;

    /// <summary>Channels C of the latents (<c>in_channels</c>).</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Frames, rows and columns of a patch (<c>patch_size</c>).</summary>
    public (int Frames, int Rows, int Columns) PatchSize { get; init; } = (1, 2, 2);

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

    /// <summary>Width of the text encoder's embeddings (<c>caption_channels</c>).</summary>
    public int CaptionChannels { get; init; } = 4096;

    /// <summary>Text tokens that the table for "no text" has (<c>model_max_length</c>).</summary>
    public int ModelMaxLength { get; init; } = 200;

    /// <summary>Whether queries and keys of the self-attentions are normalised (<c>qk_norm</c>); STDiT2.</summary>
    public bool QkNorm { get; init; } = true;

    /// <summary>Divisor of the coordinates in the table over space (<c>space_scale</c>); STDiT.</summary>
    public double SpaceScale { get; init; } = 1;

    /// <summary>Divisor of the frame's index in the table over time (<c>time_scale</c>); STDiT.</summary>
    public double TimeScale { get; init; } = 1;

    /// <summary>Whether there is no table over time (<c>no_temporal_pos_emb</c>); STDiT.</summary>
    public bool NoTemporalPositions { get; init; }

    /// <summary>Width D of a head.</summary>
    public int HeadWidth => HiddenSize / NumHeads;

    /// <summary>Width of the feed-forward's hidden layer.</summary>
    public int MlpWidth => (int)(HiddenSize * MlpRatio);

    /// <summary>Channels of the output: C, or 2C with a learned variance.</summary>
    public int OutChannels => PredSigma ? 2 * InChannels : InChannels;

    /// <summary>Elements of a patch, pt·ph·pw.</summary>
    public int PatchVolume => PatchSize.Frames * PatchSize.Rows * PatchSize.Columns;

    /// <summary>Reads a configuration. Unknown keys are ignored, absent ones take the defaults.</summary>
    /// <param name="json">A JSON object.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static STDiTConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, What);
        var defaults = new STDiTConfig();
        var version = config.Choice("model_type", defaults.Version, ("STDiT2", STDiTVersion.STDiT2), ("STDiT", STDiTVersion.STDiT));
        var result = new STDiTConfig
        {
            Version = version,
            InputSize = version == STDiTVersion.STDiT ? Triple(config, "input_size", defaults.InputSize) : defaults.InputSize,
            InputSquareSize = config.Int("input_sq_size", defaults.InputSquareSize),
            InChannels = config.Int("in_channels", defaults.InChannels),
            PatchSize = Triple(config, "patch_size", defaults.PatchSize),
            HiddenSize = config.Int("hidden_size", defaults.HiddenSize),
            Depth = config.Int("depth", defaults.Depth),
            NumHeads = config.Int("num_heads", defaults.NumHeads),
            MlpRatio = config.Double("mlp_ratio", defaults.MlpRatio),
            PredSigma = config.Bool("pred_sigma", defaults.PredSigma),
            CaptionChannels = config.Int("caption_channels", defaults.CaptionChannels),
            ModelMaxLength = config.Int("model_max_length", version == STDiTVersion.STDiT2 ? defaults.ModelMaxLength : 120),
            QkNorm = version == STDiTVersion.STDiT2 && config.Bool("qk_norm", otherwise: false),
            SpaceScale = config.Double("space_scale", defaults.SpaceScale),
            TimeScale = config.Double("time_scale", defaults.TimeScale),
            NoTemporalPositions = config.Bool("no_temporal_pos_emb", defaults.NoTemporalPositions),
        };
        result.Validate();
        return result;
    }

    /// <summary>The configuration as JSON, as <see cref="Parse"/> reads it.</summary>
    public string ToJson()
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["model_type"] = Version.ToString(),
            ["input_size"] = Version == STDiTVersion.STDiT ? Numbers(InputSize) : new int?[] { null, null, null },
            ["in_channels"] = InChannels,
            ["patch_size"] = Numbers(PatchSize),
            ["hidden_size"] = HiddenSize,
            ["depth"] = Depth,
            ["num_heads"] = NumHeads,
            ["mlp_ratio"] = MlpRatio,
            ["pred_sigma"] = PredSigma,
            ["caption_channels"] = CaptionChannels,
            ["model_max_length"] = ModelMaxLength,
            ["no_temporal_pos_emb"] = NoTemporalPositions,
        };
        if (Version == STDiTVersion.STDiT)
        {
            values["space_scale"] = SpaceScale;
            values["time_scale"] = TimeScale;
        }
        else
        {
            values["input_sq_size"] = InputSquareSize;
            values["qk_norm"] = QkNorm;
        }

        return JsonSerializer.Serialize(values);
    }

    /// <summary>Checks that such a model can exist.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        foreach (var (name, value) in new[]
        {
            ("input_sq_size", InputSquareSize), ("in_channels", InChannels), ("depth", Depth), ("num_heads", NumHeads), ("caption_channels", CaptionChannels),
            ("model_max_length", ModelMaxLength), ("input_size[0]", InputSize.Frames), ("input_size[1]", InputSize.Rows), ("input_size[2]", InputSize.Columns),
            ("patch_size[0]", PatchSize.Frames), ("patch_size[1]", PatchSize.Rows), ("patch_size[2]", PatchSize.Columns),
        })
        {
            ConfigChecks.AtLeast(What, name, value, 1);
        }

        if (Version == STDiTVersion.STDiT)
        {
            ConfigChecks.Multiple(What, "input_size[0]", InputSize.Frames, "patch_size[0]", PatchSize.Frames);
            ConfigChecks.Multiple(What, "input_size[1]", InputSize.Rows, "patch_size[1]", PatchSize.Rows);
            ConfigChecks.Multiple(What, "input_size[2]", InputSize.Columns, "patch_size[2]", PatchSize.Columns);
        }

        ConfigChecks.AtLeast(What, "hidden_size", HiddenSize, 4);
        ConfigChecks.Multiple(What, "hidden_size", HiddenSize, "num_heads", NumHeads);
        ConfigChecks.Multiple(What, "hidden_size", HiddenSize, "the four parts of the position table", 4);
        if (Version == STDiTVersion.STDiT2)
        {
            ConfigChecks.Multiple(What, "hidden_size", HiddenSize, "the embeddings of height, width and ratio", 3);
            ConfigChecks.Multiple(What, "hidden_size / num_heads", HeadWidth, "a pair that is rotated", 2);
        }

        ConfigChecks.Require(
            double.IsFinite(MlpRatio) && MlpRatio * HiddenSize is >= 1 and <= int.MaxValue,
            What, "mlp_ratio", MlpRatio, $"a positive number that makes the feed-forward at least 1 wide (hidden_size is {HiddenSize})");
        ConfigChecks.Require(double.IsFinite(SpaceScale) && SpaceScale > 0, What, "space_scale", SpaceScale, "a positive number");
        ConfigChecks.Require(double.IsFinite(TimeScale) && TimeScale > 0, What, "time_scale", TimeScale, "a positive number");
    }

    private static int[] Numbers((int Frames, int Rows, int Columns) size) => [size.Frames, size.Rows, size.Columns];

    private static (int Frames, int Rows, int Columns) Triple(ConfigJson config, string key, (int Frames, int Rows, int Columns) otherwise)
    {
        if (config.Doubles(key) is not { } numbers)
        {
            return otherwise;
        }

        ConfigChecks.Require(
            numbers.Count == 3 && numbers.All(n => n is >= 1 and <= int.MaxValue && double.IsInteger(n)),
            What, key, string.Join(", ", numbers.Select(n => n.ToString(CultureInfo.InvariantCulture))), "three whole numbers: frames, rows, columns");
        return ((int)numbers[0], (int)numbers[1], (int)numbers[2]);
    }
}
