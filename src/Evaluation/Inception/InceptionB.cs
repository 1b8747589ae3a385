using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation.Inception;

/// <summary>Mixed_6a, which halves the sides: <c>[B, 288, 35, 35]</c> to <c>[B, 768, 17, 17]</c>.</summary>
internal sealed class InceptionB : Module<Tensor, Tensor>
{
    private readonly BasicConv branch3x3;
    private readonly BasicConv branch3x3dbl_1;
    private readonly BasicConv branch3x3dbl_2;
    private readonly BasicConv branch3x3dbl_3;

    public InceptionB(int inputs, Device? device)
        : base(nameof(InceptionB))
    {
        branch3x3 = BasicConv.Square(inputs, 384, 3, device, stride: 2);
        branch3x3dbl_1 = BasicConv.Square(inputs, 64, 1, device);
        branch3x3dbl_2 = BasicConv.Square(64, 96, 3, device, padding: 1);
        branch3x3dbl_3 = BasicConv.Square(96, 96, 3, device, stride: 2);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var twice = branch3x3dbl_3.forward(branch3x3dbl_2.forward(branch3x3dbl_1.forward(x)));
        return cat([branch3x3.forward(x), twice, Pooling.Halve(x)], 1).MoveToOuterDisposeScope();
    }
}
