using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation.Perceptual;

/// <summary>A weight for each channel, in the package's layout: a dropout (0) that does nothing here, then a 1×1 convolution (1).</summary>
internal sealed class LinearHead : Module<Tensor, Tensor>
{
    private readonly Sequential model;

    public LinearHead(int channels)
        : base(nameof(LinearHead))
    {
        model = Sequential(("1", ConvLayers.Zero(Conv2d(channels, 1, 1, bias: false, device: META), device: null)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => model.forward(x);
}
