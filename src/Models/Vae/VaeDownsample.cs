using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Vae;

/// <summary>Halves both sides, <c>[B, C, H, W]</c> to <c>[B, C, ⌊H/2⌋, ⌊W/2⌋]</c>: padded by one row below and one column right only.</summary>
internal sealed class VaeDownsample : Module<Tensor, Tensor>
{
    private readonly Conv2d conv;

    public VaeDownsample(int channels, Device? device)
        : base(nameof(VaeDownsample))
    {
        conv = VaeLayers.HalvingConv(channels, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var padded = functional.pad(x, (0, 1, 0, 1));
        return conv.forward(padded);
    }
}
