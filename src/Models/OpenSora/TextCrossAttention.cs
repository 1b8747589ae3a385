using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>The projections of the cross-attention from all tokens of a video to its text; the block declares the site.</summary>
internal sealed class TextCrossAttention : Module
{
    private readonly Linear q_linear;
    private readonly Linear kv_linear;
    private readonly Linear proj;
    private readonly int _heads;
    private readonly int _headWidth;

    public TextCrossAttention(STDiTConfig config)
        : base(nameof(TextCrossAttention))
    {
        _heads = config.NumHeads;
        _headWidth = config.HeadWidth;
        q_linear = Layers.Linear(config.HiddenSize, config.HiddenSize);
        kv_linear = Layers.Linear(config.HiddenSize, 2 * config.HiddenSize);
        proj = Layers.Linear(config.HiddenSize, config.HiddenSize);
        RegisterComponents();
    }

    /// <summary>Projects tokens to queries, text to keys and values.</summary>
    /// <param name="hidden"><c>[B, L, d]</c></param>
    /// <param name="text"><c>[B, Lt, d]</c></param>
    /// <param name="mask">Which text tokens there are, bool <c>[B, Lt]</c>; <see langword="null"/> for all.</param>
    public AttentionInput Project(Tensor hidden, Tensor text, Tensor? mask)
    {
        using var packed = kv_linear.forward(text); // [B, Lt, 2·H·D]
        using var split = packed.view(text.shape[0], text.shape[1], 2, _heads, _headWidth);
        return new AttentionInput(Heads.Split(q_linear.forward(hidden), _heads), Heads.Of(split, 0), Heads.Of(split, 1)) { KeyMask = mask?.alias() };
    }

    /// <summary>Projects attended values <c>[B, H, L, D]</c> to tokens <c>[B, L, d]</c>.</summary>
    public Tensor Output(Tensor attended)
    {
        using var tokens = Heads.Merge(attended);
        return proj.forward(tokens);
    }
}
