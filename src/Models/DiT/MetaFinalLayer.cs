using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>The last layer in Meta's layout: tokens <c>[B, L, d]</c> and conditioning <c>[B, d]</c> to patches <c>[B, L, p·p·out]</c>.</summary>
internal sealed class MetaFinalLayer : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear linear;
    private readonly Sequential adaLN_modulation;

    public MetaFinalLayer(int width, int patch, int channels)
        : base(nameof(MetaFinalLayer))
    {
        linear = Layers.Linear(width, patch * patch * channels);
        adaLN_modulation = Layers.SiluThenLinear(width, 2 * width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, Tensor condition)
    {
        using var modulation = adaLN_modulation.forward(condition);
        return AdaLNZero.Final(tokens, modulation, linear);
    }
}
