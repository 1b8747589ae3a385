using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace OwnModel;

/// <summary>A few blocks in a row: <c>[B, L, d]</c> to <c>[B, L, d]</c>.</summary>
public sealed class Denoiser : Module<Tensor, Tensor>
{
    private readonly ModuleList<Block> blocks;

    public Denoiser(int depth, long width, long heads)
        : base(nameof(Denoiser))
    {
        blocks = new ModuleList<Block>([.. Enumerable.Range(0, depth).Select(_ => new Block(width, heads))]);
        RegisterComponents();
    }

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
