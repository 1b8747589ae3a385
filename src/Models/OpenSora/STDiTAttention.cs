using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>
/// The projections of a self-attention over the tokens of a frame, or over the frames of a place; the block declares the sites.
/// </summary>
internal sealed class STDiTAttention : Module
{
    private readonly Linear qkv;
    private readonly HeadNorm? q_norm;
    private readonly HeadNorm? k_norm;
    private readonly Linear proj;
    private readonly int _heads;
    private readonly int _headWidth;

    public STDiTAttention(STDiTConfig config)
        : base(nameof(STDiTAttention))
    {
        _heads = config.NumHeads;
        _headWidth = config.HeadWidth;
        qkv = Layers.Linear(config.HiddenSize, 3 * config.HiddenSize);
        q_norm = config.QkNorm ? new HeadNorm(config.HeadWidth) : null;
        k_norm = config.QkNorm ? new HeadNorm(config.HeadWidth) : null;
        proj = Layers.Linear(config.HiddenSize, config.HiddenSize);
        RegisterComponents();
    }

    /// <summary>Projects tokens; rotates queries and keys, then normalises them, in the reference's order.</summary>
    /// <param name="hidden"><c>[B, L, d]</c></param>
    /// <param name="layout">How the tokens lie.</param>
    /// <param name="rotation"><c>[2, L, D]</c> or none.</param>
    public AttentionInput Project(Tensor hidden, TokenLayout layout, Tensor? rotation = null)
    {
        using var packed = qkv.forward(hidden); // [B, L, 3·H·D]
        using var split = packed.view(hidden.shape[0], hidden.shape[1], 3, _heads, _headWidth);
        return new AttentionInput(Prepare(Heads.Of(split, 0), q_norm, rotation), Prepare(Heads.Of(split, 1), k_norm, rotation), Heads.Of(split, 2))
        {
            Layout = layout,
        };
    }

    /// <summary>Projects attended values <c>[B, H, L, D]</c> to tokens <c>[B, L, d]</c>.</summary>
    public Tensor Output(Tensor attended)
    {
        using var tokens = Heads.Merge(attended);
        return proj.forward(tokens);
    }

    private static Tensor Prepare(Tensor heads, HeadNorm? norm, Tensor? rotation)
    {
        var rotated = rotation is null ? heads : Replace(heads, RotaryEmbedding.Rotate(heads, rotation));
        return norm is null ? rotated : Replace(rotated, norm.forward(rotated));
    }

    private static Tensor Replace(Tensor old, Tensor replacement)
    {
        old.Dispose();
        return replacement;
    }
}
