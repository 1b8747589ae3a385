namespace DiTFastAttn.Models;

/// <summary>
/// Configuration of <see cref="AutoencoderKL"/>, in the vocabulary of diffusers. The defaults are those of
/// <c>stabilityai/sd-vae-ft-mse</c>; <c>stabilityai/sdxl-vae</c> differs in <see cref="SampleSize"/> and <see cref="ScalingFactor"/> alone.
/// </summary>
public sealed record AutoencoderKLConfig
{
    private const string Model = "AutoencoderKL";

    /// <summary>Channels of a picture that is encoded (<c>in_channels</c>).</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Channels of a picture that is decoded (<c>out_channels</c>).</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Channels c₀ … of the levels, from the picture to the latents (<c>block_out_channels</c>). Each level but the last halves both sides.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [128, 256, 512, 512];

    /// <summary>Residual blocks a level of the encoder; the decoder has one more (<c>layers_per_block</c>).</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Channels C of the latents (<c>latent_channels</c>).</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Groups of channels that are normalised together (<c>norm_num_groups</c>).</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Rows and columns, in pixels, of the pictures it was trained on: the default size of a tile (<c>sample_size</c>).</summary>
    public int SampleSize { get; init; } = 256;

    /// <summary>What latents are multiplied by to have about unit variance (<c>scaling_factor</c>).</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>What is taken from latents before (<c>shift_factor</c>).</summary>
    public double ShiftFactor { get; init; }

    /// <summary>Whether a 1×1 convolution follows the encoder (<c>use_quant_conv</c>).</summary>
    public bool UseQuantConv { get; init; } = true;

    /// <summary>Whether a 1×1 convolution precedes the decoder (<c>use_post_quant_conv</c>).</summary>
    public bool UsePostQuantConv { get; init; } = true;

    /// <summary>Whether the middle has attention (<c>mid_block_add_attention</c>).</summary>
    public bool MidBlockAddAttention { get; init; } = true;

    /// <summary>Pixels a side of a latent cell, 2^(levels − 1).</summary>
    public int SpatialFactor => 1 << (BlockOutChannels.Count - 1);

    /// <summary>Reads a configuration. Unknown keys are ignored, absent ones take diffusers' defaults.</summary>
    /// <param name="json">A JSON object: a <c>vae/config.json</c>.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible, or it asks for another architecture.</exception>
    public static AutoencoderKLConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, Model);
        var defaults = new AutoencoderKLConfig();
        var channels = config.Doubles("block_out_channels")?.Select(c => (int)c).ToArray() ?? [64];
        _ = config.Choice("_class_name", 0, (Model, 0));
        _ = config.Choice("act_fn", 0, ("silu", 0), ("swish", 0));
        RequireBlocks(config, "down_block_types", "DownEncoderBlock2D", channels.Length);
        RequireBlocks(config, "up_block_types", "UpDecoderBlock2D", channels.Length);
        foreach (var unsupported in (ReadOnlySpan<string>)["latents_mean", "latents_std"])
        {
            ConfigChecks.Require(!config.Has(unsupported), Model, unsupported, "set", "null: latents are scaled by scaling_factor and shift_factor");
        }

        var result = new AutoencoderKLConfig
        {
            InChannels = config.Int("in_channels", defaults.InChannels),
            OutChannels = config.Int("out_channels", defaults.OutChannels),
            BlockOutChannels = channels,
            LayersPerBlock = config.Int("layers_per_block", 1),
            LatentChannels = config.Int("latent_channels", defaults.LatentChannels),
            NormNumGroups = config.Int("norm_num_groups", defaults.NormNumGroups),
            SampleSize = config.Int("sample_size", 32),
            ScalingFactor = config.Double("scaling_factor", defaults.ScalingFactor),
            ShiftFactor = config.Double("shift_factor", defaults.ShiftFactor),
            UseQuantConv = config.Bool("use_quant_conv", defaults.UseQuantConv),
            UsePostQuantConv = config.Bool("use_post_quant_conv", defaults.UsePostQuantConv),
            MidBlockAddAttention = config.Bool("mid_block_add_attention", defaults.MidBlockAddAttention),
        };
        result.Validate();
        return result;
    }

    /// <summary>Checks that such a model can exist.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        const int MostLevels = 16;
        ConfigChecks.AtLeast(Model, "in_channels", InChannels, 1);
        ConfigChecks.AtLeast(Model, "out_channels", OutChannels, 1);
        ConfigChecks.AtLeast(Model, "layers_per_block", LayersPerBlock, 1);
        ConfigChecks.AtLeast(Model, "latent_channels", LatentChannels, 1);
        ConfigChecks.AtLeast(Model, "norm_num_groups", NormNumGroups, 1);
        ConfigChecks.AtLeast(Model, "sample_size", SampleSize, 1);
        ConfigChecks.Require(
            BlockOutChannels.Count is >= 1 and <= MostLevels, Model, "block_out_channels", $"a list of {BlockOutChannels.Count}", $"a list of 1 to {MostLevels}");
        foreach (var channels in BlockOutChannels)
        {
            ConfigChecks.AtLeast(Model, "block_out_channels", channels, 1);
            ConfigChecks.Multiple(Model, "block_out_channels", channels, "norm_num_groups", NormNumGroups);
        }

        ConfigChecks.Require(double.IsFinite(ScalingFactor) && ScalingFactor != 0, Model, "scaling_factor", ScalingFactor, "a number other than 0");
        ConfigChecks.Require(double.IsFinite(ShiftFactor), Model, "shift_factor", ShiftFactor, "a number");
    }

    private static void RequireBlocks(ConfigJson config, string key, string type, int levels)
    {
        var types = config.Strings(key);
        ConfigChecks.Require(
            types is null || types.All(t => t == type), Model, key, types is null ? "" : string.Join(", ", types), $"{type} throughout");
        ConfigChecks.Require(
            (types?.Count ?? 1) == levels, Model, key, $"a list of {types?.Count ?? 1}", $"a list of {levels}, as block_out_channels");
    }
}
