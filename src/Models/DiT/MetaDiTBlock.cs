using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>One block in Meta's layout: tokens <c>[B, L, d]</c> and conditioning <c>[B, d]</c> to tokens.</summary>
internal sealed class MetaDiTBlock : Module<Tensor, Tensor, Tensor>
{
    private readonly MetaAttention attn;
    private readonly MetaMlp mlp;
    private readonly Sequential adaLN_modulation;

    public MetaDiTBlock(MetaDiTConfig config)
        : base(nameof(MetaDiTBlock))
    {
        attn = new MetaAttention(config.NumHeads, config.HeadWidth, config.QkvBias);
        mlp = new MetaMlp(config.HiddenSize, config.MlpWidth);
        adaLN_modulation = Layers.SiluThenLinear(config.HiddenSize, 6 * config.HiddenSize);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, Tensor condition)
    {
        using var modulation = adaLN_modulation.forward(condition);
        return AdaLNZero.Block(tokens, modulation, attn, mlp, AdaLNZero.Epsilon);
    }
}
