using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation.Inception;

/// <summary>relu(norm(conv(x))): <c>[B, C, H, W]</c> to <c>[B, C', H', W']</c>.</summary>
internal sealed class BasicConv : Module<Tensor, Tensor>
{
    private readonly Conv2d conv;
    private readonly FrozenBatchNorm bn;
    private readonly long[] _stride;
    private readonly long[] _padding;

    public BasicConv(int inputs, int outputs, (int Rows, int Columns) kernel, int stride = 1, (int Rows, int Columns) padding = default, Device? device = null)
        : base(nameof(BasicConv))
    {
        conv = ConvLayers.Zero(Conv2d(inputs, outputs, (kernel.Rows, kernel.Columns), bias: false, device: META), device);
        bn = new FrozenBatchNorm(outputs, device);
        _stride = [stride, stride];
        _padding = [padding.Rows, padding.Columns];
        RegisterComponents();
    }

    /// <summary>A square kernel.</summary>
    public static BasicConv Square(int inputs, int outputs, int kernel, Device? device, int stride = 1, int padding = 0)
        => new(inputs, outputs, (kernel, kernel), stride, (padding, padding), device);

    /// <summary>A row or a column of weights that keeps the size.</summary>
    public static BasicConv Line(int inputs, int outputs, (int Rows, int Columns) kernel, Device? device)
        => new(inputs, outputs, kernel, 1, (kernel.Rows / 2, kernel.Columns / 2), device);

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (scale, shift) = bn.Affine();

        // norm(conv(x)) is one convolution with other weights, which are far fewer than the activations.
        return functional.conv2d(x, conv.weight * scale.view(-1, 1, 1, 1), shift, _stride, _padding).relu_().MoveToOuterDisposeScope();
    }
}
