namespace DiTFastAttn.Models;

/// <summary>
/// The correspondence of DiT's two state-dict layouts. Diffusers keeps a copy of timestep MLP and label table in every block
/// and splits Meta's qkv by rows; Meta's <c>pos_embed</c> has no partner. No row is permuted.
/// </summary>
internal static class DiTKeyMap
{
    private static readonly string[] Ends = ["weight", "bias"];

    /// <summary>The map for a model, one entry for every tensor of diffusers' layout.</summary>
    /// <param name="config">The model.</param>
    public static IReadOnlyList<KeyMapping> For(MetaDiTConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var map = new List<KeyMapping>();
        Add(map, "pos_embed.proj", "x_embedder.proj");
        for (var i = 0; i < config.Depth; i++)
        {
            AddBlock(map, config, $"transformer_blocks.{i}", $"blocks.{i}");
        }

        Add(map, "proj_out_1", "final_layer.adaLN_modulation.1");
        Add(map, "proj_out_2", "final_layer.linear");
        return map;
    }

    /// <summary>The configuration of the same model in diffusers' layout.</summary>
    /// <param name="config">A model in Meta's layout.</param>
    /// <exception cref="ArgumentException">Diffusers' layout cannot express it.</exception>
    public static DiffusersDiTConfig ToDiffusers(MetaDiTConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        const string Model = "DiT";
        ConfigChecks.Require(config.MlpWidth == 4 * config.HiddenSize, Model, "mlp_ratio", config.MlpRatio, "4 for diffusers' layout");
        ConfigChecks.Require(config.ClassDropoutProb > 0, Model, "class_dropout_prob", config.ClassDropoutProb, "above 0 for diffusers' layout");
        ConfigChecks.Require(
            config.PositionGrid is null || config.PositionGrid == config.Grid, Model, "position_grid", config.PositionGrid, "the model's own grid for diffusers' layout");
        return new DiffusersDiTConfig
        {
            NumAttentionHeads = config.NumHeads,
            AttentionHeadDim = config.HeadWidth,
            InChannels = config.InChannels,
            OutChannels = config.Geometry.OutChannels,
            NumLayers = config.Depth,
            AttentionBias = config.QkvBias,
            SampleSize = config.InputSize,
            PatchSize = config.PatchSize,
            NumEmbedsAdaNorm = config.NumClasses,
        };
    }

    /// <summary>Weights in Meta's layout, seen in diffusers'.</summary>
    /// <param name="meta">The weights; stay the caller's and have to outlive the result.</param>
    /// <param name="config">Their model.</param>
    /// <exception cref="WeightFileException">The weights lack a tensor of the map.</exception>
    public static IWeightSource MetaToDiffusers(IWeightSource meta, MetaDiTConfig config) => new MappedWeights(meta, For(config));

    private static void AddBlock(List<KeyMapping> map, MetaDiTConfig config, string diffusers, string meta)
    {
        Add(map, $"{diffusers}.norm1.emb.timestep_embedder.linear_1", "t_embedder.mlp.0");
        Add(map, $"{diffusers}.norm1.emb.timestep_embedder.linear_2", "t_embedder.mlp.2");
        map.Add(new KeyMapping($"{diffusers}.norm1.emb.class_embedder.embedding_table.weight", "y_embedder.embedding_table.weight"));
        Add(map, $"{diffusers}.norm1.linear", $"{meta}.adaLN_modulation.1");
        foreach (var (part, name) in ((string[])["to_q", "to_k", "to_v"]).Index())
        {
            foreach (var end in config.QkvBias ? Ends : Ends[..1])
            {
                map.Add(new KeyMapping(
                    $"{diffusers}.attn1.{name}.{end}", $"{meta}.attn.qkv.{end}", (part * config.HiddenSize, (part + 1) * config.HiddenSize)));
            }
        }

        Add(map, $"{diffusers}.attn1.to_out.0", $"{meta}.attn.proj");
        Add(map, $"{diffusers}.ff.net.0.proj", $"{meta}.mlp.fc1");
        Add(map, $"{diffusers}.ff.net.2", $"{meta}.mlp.fc2");
    }

    private static void Add(List<KeyMapping> map, string diffusers, string meta)
        => map.AddRange(Ends.Select(end => new KeyMapping($"{diffusers}.{end}", $"{meta}.{end}")));
}
