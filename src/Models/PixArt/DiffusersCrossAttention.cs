using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>Attention to the caption in diffusers' layout: tokens <c>[B, L, d]</c>, caption <c>[B, Lc, d]</c> and its mask to tokens.</summary>
internal sealed partial class DiffusersCrossAttention : Module<Tensor, Tensor, Tensor?, Tensor>
{
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly Sequential to_out;
    private readonly int _heads;
    private readonly int _headWidth;

    public DiffusersCrossAttention(int heads, int headWidth, bool bias)
        : base(nameof(DiffusersCrossAttention))
    {
        (_heads, _headWidth) = (heads, headWidth);
        var width = heads * headWidth;
        to_q = Layers.Linear(width, width, bias);
        to_k = Layers.Linear(width, width, bias);
        to_v = Layers.Linear(width, width, bias);
        to_out = Sequential(("0", Layers.Linear(width, width)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden, Tensor caption, Tensor? mask) => Attend(hidden, caption, mask);

    [AttentionSite(
        Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Kind = SiteKind.CrossAttention, Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor Attend(Tensor hidden, [PerSample] Tensor caption, [PerSample] Tensor? mask);

    private AttentionInput ProjectQkv(Tensor hidden, Tensor caption, Tensor? mask) => CaptionMask.Apply(
        mask,
        Heads.Split(to_q.forward(hidden), _heads),
        Heads.Split(to_k.forward(caption), _heads),
        Heads.Split(to_v.forward(caption), _heads));

    private Tensor ProjectOut(Tensor attended)
    {
        using var tokens = Heads.Merge(attended);
        return to_out.forward(tokens);
    }
}
