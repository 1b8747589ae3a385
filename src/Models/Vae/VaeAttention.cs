using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Vae;

/// <summary>Attention of one head among all cells: <c>[B, C, H, W]</c> to the same.</summary>
internal sealed partial class VaeAttention : Module<Tensor, Tensor>
{
    private const int OneHead = 1;

    private readonly GroupNorm group_norm;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly Sequential to_out;
    private readonly int _width;

    public VaeAttention(int channels, int groups, Device? device)
        : base(nameof(VaeAttention))
    {
        _width = channels;
        group_norm = VaeLayers.Norm(groups, channels, device);
        to_q = VaeLayers.Linear(channels, device);
        to_k = VaeLayers.Linear(channels, device);
        to_v = VaeLayers.Linear(channels, device);
        to_out = Sequential(("0", VaeLayers.Linear(channels, device)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var tokens = VaeLayers.Normalize(group_norm, x, withSilu: false, overwrite: false).permute(0, 2, 3, 1).flatten(1, 2); // [B, C, H, W] -> [B, H·W, C]
        var attended = Attend(tokens).view(x.shape[0], x.shape[2], x.shape[3], x.shape[1]); // [B, H·W, C] -> [B, H, W, C]
        return attended.permute(0, 3, 1, 2).add_(x).MoveToOuterDisposeScope();
    }

    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(OneHead), HeadWidth = nameof(_width))]
    private partial Tensor Attend(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden) => new(
        Heads.Split(to_q.forward(hidden), OneHead), Heads.Split(to_k.forward(hidden), OneHead), Heads.Split(to_v.forward(hidden), OneHead));

    private Tensor ProjectOut(Tensor attended)
    {
        using var tokens = Heads.Merge(attended);
        return to_out.forward(tokens);
    }
}
