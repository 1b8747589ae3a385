using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Hosting.Tests;

/// <summary>Two attention sites with skip connections, and feed-forwards where asked for: the smallest thing that a plan can compress.</summary>
public sealed class ToyModel : Module<Tensor, Tensor>
{
    private readonly ModuleList<ToyBlock> blocks;

    public ToyModel(int depth = 2, long width = 16, long heads = 2, bool feedForward = false)
        : base(nameof(ToyModel))
    {
        blocks = new ModuleList<ToyBlock>([.. Enumerable.Range(0, depth).Select(_ => new ToyBlock(width, heads, feedForward))]);
        RegisterComponents();
    }

    public ToyBlock Block(int index) => blocks[index];

    public int Depth => blocks.Count;

    public Tensor Apply(int block, Tensor tokens) => blocks[block].forward(tokens);

    public override Tensor forward(Tensor tokens)
    {
        var hidden = tokens.alias();
        foreach (var block in blocks)
        {
            using var before = hidden;
            hidden = block.forward(before);
        }

        return hidden;
    }
}
