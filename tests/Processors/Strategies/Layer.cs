using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Processors.Tests.Strategies;

/// <summary>One self-attention layer and nothing else.</summary>
public sealed partial class Layer : Module<Tensor, Tensor>
{
    private readonly Linear qkv;
    private readonly Linear proj;

    public Layer(long width, long heads)
        : base(nameof(Layer))
    {
        Heads = heads;
        HeadWidth = width / heads;
        qkv = Linear(width, 3 * width);
        proj = Linear(width, width);
        RegisterComponents();
    }

    public long Heads { get; }

    public long HeadWidth { get; }

    public override Tensor forward(Tensor hidden) => Attend(hidden);

    public AttentionInput ProjectQkv(Tensor hidden)
    {
        using var packed = qkv.forward(hidden);
        using var split = packed.view(hidden.shape[0], hidden.shape[1], 3, Heads, HeadWidth); // [B, L, 3d] -> [B, L, 3, H, D]
        using var permuted = split.permute(2, 0, 3, 1, 4); // -> [3, B, H, L, D]
        return new AttentionInput(permuted.select(0, 0), permuted.select(0, 1), permuted.select(0, 2));
    }

    public Tensor ProjectOut(Tensor attended)
    {
        using var swapped = attended.transpose(1, 2); // [B, H, L, D] -> [B, L, H, D]
        using var joined = swapped.reshape(swapped.shape[0], swapped.shape[1], Heads * HeadWidth); // -> [B, L, d]
        return proj.forward(joined);
    }

    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads), HeadWidth = nameof(HeadWidth))]
    private partial Tensor Attend(Tensor hidden);
}
