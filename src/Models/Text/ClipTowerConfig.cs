namespace DiTFastAttn.Models;

/// <summary>What the two towers of CLIP have in common: the keys that <c>text_config</c> and <c>vision_config</c> share.</summary>
public sealed record ClipTowerConfig
{
    /// <summary>Width d of a token (<c>hidden_size</c>).</summary>
    public int HiddenSize { get; init; } = 512;

    /// <summary>Inner width of the feed-forward (<c>intermediate_size</c>).</summary>
    public int IntermediateSize { get; init; } = 2048;

    /// <summary>Number of layers (<c>num_hidden_layers</c>).</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>Number of heads H (<c>num_attention_heads</c>); d is a multiple of it.</summary>
    public int NumAttentionHeads { get; init; } = 8;

    /// <summary>Whether the activation is x·σ(1.702·x) (<c>hidden_act</c> "quick_gelu"); else it is the exact GELU ("gelu").</summary>
    public bool IsQuickGelu { get; init; } = true;

    /// <summary>Epsilon of every layer norm (<c>layer_norm_eps</c>).</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    internal static ClipTowerConfig Read(ConfigJson config, ClipTowerConfig defaults) => new()
    {
        HiddenSize = config.Int("hidden_size", defaults.HiddenSize),
        IntermediateSize = config.Int("intermediate_size", defaults.IntermediateSize),
        NumHiddenLayers = config.Int("num_hidden_layers", defaults.NumHiddenLayers),
        NumAttentionHeads = config.Int("num_attention_heads", defaults.NumAttentionHeads),
        IsQuickGelu = config.Choice("hidden_act", true, ("quick_gelu", true), ("gelu", false)),
        LayerNormEps = config.Double("layer_norm_eps", defaults.LayerNormEps),
    };

    internal void Validate(string model)
    {
        ConfigChecks.AtLeast(model, "hidden_size", HiddenSize, 1);
        ConfigChecks.AtLeast(model, "intermediate_size", IntermediateSize, 1);
        ConfigChecks.AtLeast(model, "num_hidden_layers", NumHiddenLayers, 1);
        ConfigChecks.AtLeast(model, "num_attention_heads", NumAttentionHeads, 1);
        ConfigChecks.Multiple(model, "hidden_size", HiddenSize, "num_attention_heads", NumAttentionHeads);
        ConfigChecks.Require(double.IsFinite(LayerNormEps) && LayerNormEps > 0, model, "layer_norm_eps", LayerNormEps, "a positive number");
    }
}
