using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation.Inception;

/// <summary>Mixed_5b to 5d: 1×1, 5×5 and double 3×3 beside pooling; <c>[B, C, 35, 35]</c> to <c>[B, 224 + pooled, 35, 35]</c>.</summary>
internal sealed class InceptionA : Module<Tensor, Tensor>
{
    private readonly BasicConv branch1x1;
    private readonly BasicConv branch5x5_1;
    private readonly BasicConv branch5x5_2;
    private readonly BasicConv branch3x3dbl_1;
    private readonly BasicConv branch3x3dbl_2;
    private readonly BasicConv branch3x3dbl_3;
    private readonly BasicConv branch_pool;

    public InceptionA(int inputs, int pooled, Device? device)
        : base(nameof(InceptionA))
    {
        branch1x1 = BasicConv.Square(inputs, 64, 1, device);
        branch5x5_1 = BasicConv.Square(inputs, 48, 1, device);
        branch5x5_2 = BasicConv.Square(48, 64, 5, device, padding: 2);
        branch3x3dbl_1 = BasicConv.Square(inputs, 64, 1, device);
        branch3x3dbl_2 = BasicConv.Square(64, 96, 3, device, padding: 1);
        branch3x3dbl_3 = BasicConv.Square(96, 96, 3, device, padding: 1);
        branch_pool = BasicConv.Square(inputs, pooled, 1, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var five = branch5x5_2.forward(branch5x5_1.forward(x));
        var twice = branch3x3dbl_3.forward(branch3x3dbl_2.forward(branch3x3dbl_1.forward(x)));
        var pooled = branch_pool.forward(BranchPool.Average.Apply(x));
        return cat([branch1x1.forward(x), five, twice, pooled], 1).MoveToOuterDisposeScope();
    }
}
