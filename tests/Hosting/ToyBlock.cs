using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Hosting.Tests;

public sealed partial class ToyBlock : Module<Tensor, Tensor>
{
    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly ToyFeedForward? mlp;
    private readonly long _heads;
    private readonly long _headWidth;

    public ToyBlock(long width, long heads, bool feedForward = false)
        : base(nameof(ToyBlock))
    {
        _heads = heads;
        _headWidth = width / heads;
        qkv = Linear(width, 3 * width);
        proj = Linear(width, width);
        mlp = feedForward ? new ToyFeedForward(width) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        using var attended = Attend(hidden);
        var sum = hidden.add(attended);
        if (mlp is null)
        {
            return sum;
        }

        using (sum)
        using (var transformed = mlp.forward(sum))
        {
            return sum.add(transformed);
        }
    }

    [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor Attend(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden)
    {
        using var packed = qkv.forward(hidden);
        using var split = packed.view(hidden.shape[0], hidden.shape[1], 3, _heads, _headWidth); // [B, L, 3d] -> [B, L, 3, H, D]
        using var permuted = split.permute(2, 0, 3, 1, 4); // -> [3, B, H, L, D]
        return new AttentionInput(permuted.select(0, 0), permuted.select(0, 1), permuted.select(0, 2));
    }

    private Tensor ProjectOut(Tensor attended)
    {
        using var swapped = attended.transpose(1, 2); // [B, H, L, D] -> [B, L, H, D]
        using var joined = swapped.reshape(swapped.shape[0], swapped.shape[1], _heads * _headWidth); // -> [B, L, d]
        return proj.forward(joined);
    }
}
