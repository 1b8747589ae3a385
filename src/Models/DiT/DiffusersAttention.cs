using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>Self-attention in diffusers' layout: three projections for query, key and value.</summary>
internal sealed partial class DiffusersAttention : Module<Tensor, Tensor>
{
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly Sequential to_out;
    private readonly int _heads;
    private readonly int _headWidth;

    public DiffusersAttention(int heads, int headWidth, bool bias)
        : base(nameof(DiffusersAttention))
    {
        _heads = heads;
        _headWidth = headWidth;
        var width = heads * headWidth;
        to_q = Layers.Linear(width, width, bias);
        to_k = Layers.Linear(width, width, bias);
        to_v = Layers.Linear(width, width, bias);
        to_out = Sequential(("0", Layers.Linear(width, width)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden) => Attend(hidden);

    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor Attend(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden) => new(
        Heads.Split(to_q.forward(hidden), _heads),
        Heads.Split(to_k.forward(hidden), _heads),
        Heads.Split(to_v.forward(hidden), _heads));

    private Tensor ProjectOut(Tensor attended)
    {
        using var tokens = Heads.Merge(attended);
        return to_out.forward(tokens);
    }
}
