using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>One block in the authors' layout; in the blocks that the configuration names, with compressed keys and values.</summary>
internal sealed class PixArtMSBlock : Module
{
    private readonly Parameter scale_shift_table;
    private readonly Module attn;
    private readonly PixArtMSCrossAttention cross_attn;
    private readonly MetaMlp mlp;

    public PixArtMSBlock(PixArtMSConfig config, int index)
        : base(nameof(PixArtMSBlock))
    {
        scale_shift_table = Layers.Zeros(6, config.HiddenSize);
        attn = config.KvCompressLayers.Contains(index)
            ? new KvCompressedAttention(config.NumHeads, config.HeadWidth, config.QkNorm, config.KvCompressScale)
            : new PixArtMSAttention(config.NumHeads, config.HeadWidth, config.QkNorm);
        cross_attn = new PixArtMSCrossAttention(config.NumHeads, config.HeadWidth);
        mlp = new MetaMlp(config.HiddenSize, config.MlpWidth);
        RegisterComponents();
    }

    /// <summary>
    /// Tokens <c>[B, L, d]</c> on a grid of so many rows, modulation <c>[B, 6·d]</c>, caption <c>[B, Lc, d]</c> and its mask to tokens, owned by the caller.
    /// </summary>
    public Tensor Compute(Tensor tokens, int rows, Tensor modulation, Tensor caption, Tensor? mask) => AdaLNSingle.Block(
        tokens, scale_shift_table, modulation, AdaLNZero.Epsilon, x => Attend(x, rows), x => cross_attn.forward(x, caption, mask), mlp);

    private Tensor Attend(Tensor tokens, int rows)
        => attn is KvCompressedAttention compressed ? compressed.forward(tokens, rows) : ((PixArtMSAttention)attn).forward(tokens);
}
