using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation.Perceptual;

/// <summary>SqueezeNet's module: 1×1 to few channels, then 1×1 and 3×3 side by side; <c>[B, C, H, W]</c> to <c>[B, 2·expanded, H, W]</c>.</summary>
internal sealed class Fire : Module<Tensor, Tensor>
{
    private readonly Conv2d squeeze;
    private readonly Conv2d expand1x1;
    private readonly Conv2d expand3x3;

    public Fire(int inputs, int squeezed, int expanded)
        : base(nameof(Fire))
    {
        squeeze = ConvLayers.Zero(Conv2d(inputs, squeezed, 1, device: META), device: null);
        expand1x1 = ConvLayers.Zero(Conv2d(squeezed, expanded, 1, device: META), device: null);
        expand3x3 = ConvLayers.Zero(Conv2d(squeezed, expanded, 3, padding: 1, device: META), device: null);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var few = squeeze.forward(x).relu_();
        return cat([expand1x1.forward(few).relu_(), expand3x3.forward(few).relu_()], 1).MoveToOuterDisposeScope();
    }
}
