using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>Captions <c>[B, Lc, c]</c> to the tokens' width <c>[B, Lc, d]</c>, in diffusers' layout.</summary>
internal sealed class DiffusersTextProjection : Module<Tensor, Tensor>
{
    private readonly Linear linear_1;
    private readonly Linear linear_2;

    public DiffusersTextProjection(int captionWidth, int width)
        : base(nameof(DiffusersTextProjection))
    {
        linear_1 = Layers.Linear(captionWidth, width);
        linear_2 = Layers.Linear(width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor captions)
    {
        using var hidden = GeluTanh.Apply(linear_1.forward(captions));
        return linear_2.forward(hidden);
    }
}
