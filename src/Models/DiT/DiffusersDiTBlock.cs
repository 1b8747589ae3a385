using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>
/// One block in diffusers' layout: tokens <c>[B, L, d]</c>, sinusoids of timesteps <c>[B, 256]</c> and labels <c>[B]</c> to
/// tokens.
/// </summary>
internal sealed class DiffusersDiTBlock : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly DiffusersAdaLayerNormZero norm1;
    private readonly DiffusersAttention attn1;
    private readonly DiffusersFeedForward ff;
    private readonly double _secondEpsilon;

    public DiffusersDiTBlock(DiffusersDiTConfig config)
        : base(nameof(DiffusersDiTBlock))
    {
        _secondEpsilon = config.NormEps;
        norm1 = new DiffusersAdaLayerNormZero(config.Width, config.NumEmbedsAdaNorm + 1);
        attn1 = new DiffusersAttention(config.NumAttentionHeads, config.AttentionHeadDim, config.AttentionBias);
        ff = new DiffusersFeedForward(config.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, Tensor sinusoids, Tensor labels)
    {
        using var modulation = norm1.forward(sinusoids, labels);
        return AdaLNZero.Block(tokens, modulation, attn1, ff, _secondEpsilon);
    }

    /// <summary>This block's conditioning <c>[B, d]</c>, before its SiLU; the caller owns it.</summary>
    public Tensor Condition(Tensor sinusoids, Tensor labels) => norm1.Condition(sinusoids, labels);
}
