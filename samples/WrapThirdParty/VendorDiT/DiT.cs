using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace VendorDiT;

/// <summary>A diffusion transformer: tokens <c>[B, L, d]</c> and a time <c>[B]</c> to a prediction <c>[B, L, d]</c>.</summary>
public sealed class DiT : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear time;
    private readonly ModuleList<DiTBlock> blocks;
    private readonly Linear final;

    public DiT(int depth, long width, long heads)
        : base(nameof(DiT))
    {
        time = Linear(1, width);
        blocks = new ModuleList<DiTBlock>([.. Enumerable.Range(0, depth).Select(_ => new DiTBlock(width, heads))]);
        final = Linear(width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var condition = functional.silu(time.forward(timestep.unsqueeze(1)));
        var hidden = tokens;
        foreach (var block in blocks)
        {
            hidden = block.forward(hidden, condition);
        }

        return final.forward(hidden).MoveToOuterDisposeScope();
    }
}
