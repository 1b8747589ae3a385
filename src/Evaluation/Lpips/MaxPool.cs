using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation.Perceptual;

/// <summary>The largest of 3×3 with stride 2.</summary>
internal sealed class MaxPool : Module<Tensor, Tensor>
{
    private readonly bool _ceil;

    public MaxPool(bool ceil)
        : base(nameof(MaxPool))
        => _ceil = ceil;

    public override Tensor forward(Tensor x) => functional.max_pool2d(x, 3, stride: 2, ceil_mode: _ceil);
}
