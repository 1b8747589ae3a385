using DiTFastAttn.Models.Weights;

namespace DiTFastAttn.Models;

/// <summary>
/// The correspondence of PixArt's two state-dict layouts. Diffusers splits the authors' qkv and kv by rows; the authors' buffers have no partner.
/// </summary>
internal static class PixArtKeyMap
{
    private static readonly string[] Ends = ["weight", "bias"];

    /// <summary>The buffers of the authors' layout that no call reads: the position table and the caption that stands for none.</summary>
    public static IReadOnlyList<string> Buffers { get; } = ["pos_embed", "y_embedder.y_embedding"];

    /// <summary>The map for a model, one entry for every tensor of diffusers' layout.</summary>
    /// <param name="config">The model.</param>
    public static IReadOnlyList<KeyMapping> For(PixArtMSConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var map = new List<KeyMapping>();
        Add(map, "pos_embed.proj", "x_embedder.proj");
        AddMlp(map, "adaln_single.emb.timestep_embedder", "t_embedder");
        if (config.MicroCondition)
        {
            AddMlp(map, "adaln_single.emb.resolution_embedder", "csize_embedder");
            AddMlp(map, "adaln_single.emb.aspect_ratio_embedder", "ar_embedder");
        }

        Add(map, "adaln_single.linear", "t_block.1");
        Add(map, "caption_projection.linear_1", "y_embedder.y_proj.fc1");
        Add(map, "caption_projection.linear_2", "y_embedder.y_proj.fc2");
        for (var i = 0; i < config.Depth; i++)
        {
            AddBlock(map, config.HiddenSize, $"transformer_blocks.{i}", $"blocks.{i}");
        }

        map.Add(new KeyMapping("scale_shift_table", "final_layer.scale_shift_table"));
        Add(map, "proj_out", "final_layer.linear");
        return map;
    }

    /// <summary>The configuration of the same model in diffusers' layout.</summary>
    /// <param name="config">A model in the authors' layout.</param>
    /// <exception cref="ArgumentException">Diffusers' layout cannot express it.</exception>
    public static PixArtTransformerConfig ToDiffusers(PixArtMSConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        const string Model = "PixArt";
        ConfigChecks.Require(config.MlpWidth == 4 * config.HiddenSize, Model, "mlp_ratio", config.MlpRatio, "4 for diffusers' layout");
        ConfigChecks.Require(!config.QkNorm, Model, "qk_norm", true, "false for diffusers' layout");
        ConfigChecks.Require(config.KvCompressLayers.Count == 0, Model, "kv_compress_config", "set", "null for diffusers' layout");
        return new PixArtTransformerConfig
        {
            NumAttentionHeads = config.NumHeads,
            AttentionHeadDim = config.HeadWidth,
            InChannels = config.InChannels,
            OutChannels = config.Geometry.OutChannels,
            NumLayers = config.Depth,
            SampleSize = config.InputSize,
            PatchSize = config.PatchSize,
            InterpolationScale = config.PeInterpolation,
            UseAdditionalConditions = config.MicroCondition,
            CaptionChannels = config.CaptionChannels,
        };
    }

    /// <summary>Weights in the authors' layout, seen in diffusers'.</summary>
    /// <param name="original">The weights; stay the caller's and have to outlive the result.</param>
    /// <param name="config">Their model.</param>
    /// <exception cref="WeightFileException">The weights lack a tensor of the map.</exception>
    public static IWeightSource OriginalToDiffusers(IWeightSource original, PixArtMSConfig config)
        => new MappedWeights(WithoutBuffers(original), For(config));

    /// <summary>
    /// Weights in the authors' layout without what comes before a name in some files (<c>model.</c>, <c>base_model.</c>) and without the buffers,
    /// which are for one size.
    /// </summary>
    /// <param name="original">The weights; stay the caller's and have to outlive the result.</param>
    public static IWeightSource WithoutBuffers(IWeightSource original)
    {
        ArgumentNullException.ThrowIfNull(original);
        return original.Renamed(key => PlainName(key) is var name && Buffers.Contains(name, StringComparer.Ordinal) ? null : name);
    }

    /// <summary>A name without what comes before it in some files.</summary>
    /// <param name="key">A tensor's name in a file.</param>
    public static string PlainName(string key)
    {
        foreach (var prefix in (ReadOnlySpan<string>)["base_model.", "model."])
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                return PlainName(key[prefix.Length..]);
            }
        }

        return key;
    }

    private static void AddBlock(List<KeyMapping> map, int width, string diffusers, string original)
    {
        map.Add(new KeyMapping($"{diffusers}.scale_shift_table", $"{original}.scale_shift_table"));
        AddSplit(map, diffusers + ".attn1", ["to_q", "to_k", "to_v"], original + ".attn.qkv", width);
        Add(map, diffusers + ".attn1.to_out.0", original + ".attn.proj");
        Add(map, diffusers + ".attn2.to_q", original + ".cross_attn.q_linear");
        AddSplit(map, diffusers + ".attn2", ["to_k", "to_v"], original + ".cross_attn.kv_linear", width);
        Add(map, diffusers + ".attn2.to_out.0", original + ".cross_attn.proj");
        Add(map, diffusers + ".ff.net.0.proj", original + ".mlp.fc1");
        Add(map, diffusers + ".ff.net.2", original + ".mlp.fc2");
    }

    private static void AddSplit(List<KeyMapping> map, string diffusers, string[] parts, string original, int width)
        => map.AddRange(parts.Index().SelectMany(part => Ends.Select(
            end => new KeyMapping($"{diffusers}.{part.Item}.{end}", $"{original}.{end}", (part.Index * width, (part.Index + 1) * width)))));

    private static void AddMlp(List<KeyMapping> map, string diffusers, string original)
    {
        Add(map, diffusers + ".linear_1", original + ".mlp.0");
        Add(map, diffusers + ".linear_2", original + ".mlp.2");
    }

    private static void Add(List<KeyMapping> map, string diffusers, string original)
        => map.AddRange(Ends.Select(end => new KeyMapping($"{diffusers}.{end}", $"{original}.{end}")));
}
