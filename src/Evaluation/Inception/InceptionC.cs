using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation.Inception;

/// <summary>Mixed_6b to 6e, with 7×7 taken apart into rows and columns: <c>[B, 768, 17, 17]</c> to the same.</summary>
internal sealed class InceptionC : Module<Tensor, Tensor>
{
    private const int Width = 768;
    private const int Branch = 192;
    private static readonly (int Rows, int Columns) Row = (1, 7);
    private static readonly (int Rows, int Columns) Column = (7, 1);

    private readonly BasicConv branch1x1;
    private readonly BasicConv branch7x7_1;
    private readonly BasicConv branch7x7_2;
    private readonly BasicConv branch7x7_3;
    private readonly BasicConv branch7x7dbl_1;
    private readonly BasicConv branch7x7dbl_2;
    private readonly BasicConv branch7x7dbl_3;
    private readonly BasicConv branch7x7dbl_4;
    private readonly BasicConv branch7x7dbl_5;
    private readonly BasicConv branch_pool;

    public InceptionC(int inner, Device? device)
        : base(nameof(InceptionC))
    {
        branch1x1 = BasicConv.Square(Width, Branch, 1, device);
        branch7x7_1 = BasicConv.Square(Width, inner, 1, device);
        branch7x7_2 = BasicConv.Line(inner, inner, Row, device);
        branch7x7_3 = BasicConv.Line(inner, Branch, Column, device);
        branch7x7dbl_1 = BasicConv.Square(Width, inner, 1, device);
        branch7x7dbl_2 = BasicConv.Line(inner, inner, Column, device);
        branch7x7dbl_3 = BasicConv.Line(inner, inner, Row, device);
        branch7x7dbl_4 = BasicConv.Line(inner, inner, Column, device);
        branch7x7dbl_5 = BasicConv.Line(inner, Branch, Row, device);
        branch_pool = BasicConv.Square(Width, Branch, 1, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var seven = branch7x7_3.forward(branch7x7_2.forward(branch7x7_1.forward(x)));
        var twice = branch7x7dbl_3.forward(branch7x7dbl_2.forward(branch7x7dbl_1.forward(x)));
        twice = branch7x7dbl_5.forward(branch7x7dbl_4.forward(twice));
        var pooled = branch_pool.forward(BranchPool.Average.Apply(x));
        return cat([branch1x1.forward(x), seven, twice, pooled], 1).MoveToOuterDisposeScope();
    }
}
