namespace DiTFastAttn.Models;

/// <summary>Configuration of a <see cref="ClipVisionModel"/> (<c>vision_config</c>). The defaults are the published library's, those of ViT-B/32.</summary>
public sealed record ClipVisionConfig
{
    private const string Model = "CLIP vision";

    /// <summary>Sizes of the layers.</summary>
    public ClipTowerConfig Tower { get; init; } = new() { HiddenSize = 768, IntermediateSize = 3072, NumAttentionHeads = 12 };

    /// <summary>Channels of the picture (<c>num_channels</c>).</summary>
    public int NumChannels { get; init; } = 3;

    /// <summary>Rows and columns S of the picture, in pixels (<c>image_size</c>).</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Rows and columns p of a patch, in pixels (<c>patch_size</c>).</summary>
    public int PatchSize { get; init; } = 32;

    /// <summary>Patches of a picture, (S/p)².</summary>
    public int Patches => ImageSize / PatchSize * (ImageSize / PatchSize);

    /// <summary>Reads a configuration. Unknown keys are ignored, absent ones take the defaults.</summary>
    /// <param name="json">A JSON object.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static ClipVisionConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, Model);
        var defaults = new ClipVisionConfig();
        var result = new ClipVisionConfig
        {
            Tower = ClipTowerConfig.Read(config, defaults.Tower),
            NumChannels = config.Int("num_channels", defaults.NumChannels),
            ImageSize = config.Int("image_size", defaults.ImageSize),
            PatchSize = config.Int("patch_size", defaults.PatchSize),
        };
        result.Validate();
        return result;
    }

    /// <summary>Checks that such a model can exist.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        Tower.Validate(Model);
        ConfigChecks.AtLeast(Model, "num_channels", NumChannels, 1);
        ConfigChecks.Between(Model, "image_size", ImageSize, 1, 1 << 14);
        ConfigChecks.Between(Model, "patch_size", PatchSize, 1, ImageSize);
    }
}
