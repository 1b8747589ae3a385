using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Vae;

/// <summary>A residual block: <c>[B, C, H, W]</c> to <c>[B, C', H, W]</c>.</summary>
internal sealed class VaeResnetBlock : Module<Tensor, Tensor>
{
    private readonly GroupNorm norm1;
    private readonly Conv2d conv1;
    private readonly GroupNorm norm2;
    private readonly Conv2d conv2;
    private readonly Conv2d? conv_shortcut;

    public VaeResnetBlock(int inputs, int outputs, int groups, Device? device)
        : base(nameof(VaeResnetBlock))
    {
        norm1 = VaeLayers.Norm(groups, inputs, device);
        conv1 = VaeLayers.Conv(inputs, outputs, 3, device);
        norm2 = VaeLayers.Norm(groups, outputs, device);
        conv2 = VaeLayers.Conv(outputs, outputs, 3, device);
        conv_shortcut = inputs == outputs ? null : VaeLayers.Conv(inputs, outputs, 1, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var hidden = VaeLayers.NormSiluConv(norm1, conv1, x);
        var result = VaeLayers.NormSiluConv(norm2, conv2, hidden, overwrite: true);
        using var shortcut = conv_shortcut is null ? x.alias() : conv_shortcut.forward(x);
        return result.add_(shortcut);
    }
}
