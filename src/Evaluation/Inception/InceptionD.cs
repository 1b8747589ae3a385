using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation.Inception;

/// <summary>Mixed_7a, which halves the sides: <c>[B, 768, 17, 17]</c> to <c>[B, 1280, 8, 8]</c>.</summary>
internal sealed class InceptionD : Module<Tensor, Tensor>
{
    private const int Branch = 192;

    private readonly BasicConv branch3x3_1;
    private readonly BasicConv branch3x3_2;
    private readonly BasicConv branch7x7x3_1;
    private readonly BasicConv branch7x7x3_2;
    private readonly BasicConv branch7x7x3_3;
    private readonly BasicConv branch7x7x3_4;

    public InceptionD(int inputs, Device? device)
        : base(nameof(InceptionD))
    {
        branch3x3_1 = BasicConv.Square(inputs, Branch, 1, device);
        branch3x3_2 = BasicConv.Square(Branch, 320, 3, device, stride: 2);
        branch7x7x3_1 = BasicConv.Square(inputs, Branch, 1, device);
        branch7x7x3_2 = BasicConv.Line(Branch, Branch, (1, 7), device);
        branch7x7x3_3 = BasicConv.Line(Branch, Branch, (7, 1), device);
        branch7x7x3_4 = BasicConv.Square(Branch, Branch, 3, device, stride: 2);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var three = branch3x3_2.forward(branch3x3_1.forward(x));
        var seven = branch7x7x3_4.forward(branch7x7x3_3.forward(branch7x7x3_2.forward(branch7x7x3_1.forward(x))));
        return cat([three, seven, Pooling.Halve(x)], 1).MoveToOuterDisposeScope();
    }
}
