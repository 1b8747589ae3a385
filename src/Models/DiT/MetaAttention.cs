using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>Self-attention in Meta's layout: one projection for query, key and value.</summary>
internal sealed partial class MetaAttention : Module<Tensor, Tensor>
{
    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly int _heads;
    private readonly int _headWidth;

    public MetaAttention(int heads, int headWidth, bool bias)
        : base(nameof(MetaAttention))
    {
        _heads = heads;
        _headWidth = headWidth;
        qkv = Layers.Linear(heads * headWidth, 3 * heads * headWidth, bias);
        proj = Layers.Linear(heads * headWidth, heads * headWidth);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden) => Attend(hidden);

    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor Attend(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden)
    {
        using var packed = qkv.forward(hidden); // [B, L, 3·H·D]
        using var split = packed.view(hidden.shape[0], hidden.shape[1], 3, _heads, _headWidth);
        return new AttentionInput(Heads.Of(split, 0), Heads.Of(split, 1), Heads.Of(split, 2));
    }

    private Tensor ProjectOut(Tensor attended)
    {
        using var tokens = Heads.Merge(attended);
        return proj.forward(tokens);
    }
}
