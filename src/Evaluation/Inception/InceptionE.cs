using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation.Inception;

/// <summary>Mixed_7b and 7c, with 3×3 spread out into a row and a column side by side: <c>[B, C, 8, 8]</c> to <c>[B, 2048, 8, 8]</c>.</summary>
internal sealed class InceptionE : Module<Tensor, Tensor>
{
    private const int Branch = 384;

    private readonly BasicConv branch1x1;
    private readonly BasicConv branch3x3_1;
    private readonly BasicConv branch3x3_2a;
    private readonly BasicConv branch3x3_2b;
    private readonly BasicConv branch3x3dbl_1;
    private readonly BasicConv branch3x3dbl_2;
    private readonly BasicConv branch3x3dbl_3a;
    private readonly BasicConv branch3x3dbl_3b;
    private readonly BasicConv branch_pool;
    private readonly BranchPool _pool;

    public InceptionE(int inputs, BranchPool pool, Device? device)
        : base(nameof(InceptionE))
    {
        _pool = pool;
        branch1x1 = BasicConv.Square(inputs, 320, 1, device);
        branch3x3_1 = BasicConv.Square(inputs, Branch, 1, device);
        branch3x3_2a = BasicConv.Line(Branch, Branch, (1, 3), device);
        branch3x3_2b = BasicConv.Line(Branch, Branch, (3, 1), device);
        branch3x3dbl_1 = BasicConv.Square(inputs, 448, 1, device);
        branch3x3dbl_2 = BasicConv.Square(448, Branch, 3, device, padding: 1);
        branch3x3dbl_3a = BasicConv.Line(Branch, Branch, (1, 3), device);
        branch3x3dbl_3b = BasicConv.Line(Branch, Branch, (3, 1), device);
        branch_pool = BasicConv.Square(inputs, 192, 1, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var three = branch3x3_1.forward(x);
        var twice = branch3x3dbl_2.forward(branch3x3dbl_1.forward(x));
        var pooled = branch_pool.forward(_pool.Apply(x));
        return cat(
            [branch1x1.forward(x), branch3x3_2a.forward(three), branch3x3_2b.forward(three), branch3x3dbl_3a.forward(twice), branch3x3dbl_3b.forward(twice), pooled],
            1).MoveToOuterDisposeScope();
    }
}
