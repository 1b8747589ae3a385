using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>The last layer in the authors' layout: tokens <c>[B, L, d]</c> and conditioning <c>[B, d]</c> to patches <c>[B, L, p·p·out]</c>.</summary>
internal sealed class PixArtMSFinalLayer : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear linear;
    private readonly Parameter scale_shift_table;

    public PixArtMSFinalLayer(int width, int patch, int channels)
        : base(nameof(PixArtMSFinalLayer))
    {
        linear = Layers.Linear(width, patch * patch * channels);
        scale_shift_table = Layers.Zeros(2, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, Tensor condition) => AdaLNSingle.Final(tokens, scale_shift_table, condition, linear);
}
