using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Vae;

/// <summary>Doubles both sides, <c>[B, C, H, W]</c> to <c>[B, C, 2·H, 2·W]</c>: every cell four times, then a convolution.</summary>
internal sealed class VaeUpsample : Module<Tensor, Tensor>
{
    private readonly Conv2d conv;

    public VaeUpsample(int channels, Device? device)
        : base(nameof(VaeUpsample))
    {
        conv = VaeLayers.Conv(channels, channels, 3, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var doubled = functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
        return conv.forward(doubled);
    }
}
