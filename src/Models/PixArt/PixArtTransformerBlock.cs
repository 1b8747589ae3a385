using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>
/// One block in diffusers' layout: tokens <c>[B, L, d]</c>, modulation <c>[B, 6·d]</c>, caption <c>[B, Lc, d]</c> and its mask to tokens.
/// </summary>
internal sealed class PixArtTransformerBlock : Module<Tensor, Tensor, Tensor, Tensor?, Tensor>
{
    private readonly Parameter scale_shift_table;
    private readonly DiffusersAttention attn1;
    private readonly DiffusersCrossAttention attn2;
    private readonly DiffusersFeedForward ff;
    private readonly double _epsilon;

    public PixArtTransformerBlock(PixArtTransformerConfig config)
        : base(nameof(PixArtTransformerBlock))
    {
        _epsilon = config.NormEps;
        scale_shift_table = Layers.Zeros(6, config.Width);
        attn1 = new DiffusersAttention(config.NumAttentionHeads, config.AttentionHeadDim, config.AttentionBias);
        attn2 = new DiffusersCrossAttention(config.NumAttentionHeads, config.AttentionHeadDim, config.AttentionBias);
        ff = new DiffusersFeedForward(config.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, Tensor modulation, Tensor caption, Tensor? mask)
        => AdaLNSingle.Block(tokens, scale_shift_table, modulation, _epsilon, attn1.forward, x => attn2.forward(x, caption, mask), ff);
}
