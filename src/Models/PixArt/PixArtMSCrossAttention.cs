using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>Attention to the caption in the authors' layout: one projection for key and value.</summary>
internal sealed partial class PixArtMSCrossAttention : Module<Tensor, Tensor, Tensor?, Tensor>
{
    private readonly Linear q_linear;
    private readonly Linear kv_linear;
    private readonly Linear proj;
    private readonly int _heads;
    private readonly int _headWidth;

    public PixArtMSCrossAttention(int heads, int headWidth)
        : base(nameof(PixArtMSCrossAttention))
    {
        (_heads, _headWidth) = (heads, headWidth);
        var width = heads * headWidth;
        q_linear = Layers.Linear(width, width);
        kv_linear = Layers.Linear(width, 2 * width);
        proj = Layers.Linear(width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden, Tensor caption, Tensor? mask) => Attend(hidden, caption, mask);

    [AttentionSite(
        Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Kind = SiteKind.CrossAttention, Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor Attend(Tensor hidden, [PerSample] Tensor caption, [PerSample] Tensor? mask);

    private AttentionInput ProjectQkv(Tensor hidden, Tensor caption, Tensor? mask)
    {
        using var packed = kv_linear.forward(caption); // [B, Lc, 2·H·D]
        using var split = packed.view(caption.shape[0], caption.shape[1], 2, _heads, _headWidth);
        return CaptionMask.Apply(mask, Heads.Split(q_linear.forward(hidden), _heads), Heads.Of(split, 0), Heads.Of(split, 1));
    }

    private Tensor ProjectOut(Tensor attended)
    {
        using var tokens = Heads.Merge(attended);
        return proj.forward(tokens);
    }
}
