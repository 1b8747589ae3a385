using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>Self-attention in the authors' layout: one projection for query, key and value, and a layer norm over query and key where asked for.</summary>
internal sealed partial class PixArtMSAttention : Module<Tensor, Tensor>
{
    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly LayerNorm? q_norm;
    private readonly LayerNorm? k_norm;
    private readonly int _heads;
    private readonly int _headWidth;

    public PixArtMSAttention(int heads, int headWidth, bool qkNorm)
        : base(nameof(PixArtMSAttention))
    {
        (_heads, _headWidth) = (heads, headWidth);
        var width = heads * headWidth;
        qkv = Layers.Linear(width, 3 * width);
        proj = Layers.Linear(width, width);
        q_norm = qkNorm ? LayerNorm(width, device: Layers.Device, dtype: Layers.Dtype) : null;
        k_norm = qkNorm ? LayerNorm(width, device: Layers.Device, dtype: Layers.Dtype) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden) => Attend(hidden);

    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor Attend(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden)
    {
        using var packed = qkv.forward(hidden); // [B, L, 3·H·D]
        if (q_norm is null)
        {
            using var split = packed.view(hidden.shape[0], hidden.shape[1], 3, _heads, _headWidth);
            return new AttentionInput(Heads.Of(split, 0), Heads.Of(split, 1), Heads.Of(split, 2));
        }

        // The norm is over all channels, before the heads are split.
        var parts = packed.chunk(3, 2); // three of [B, L, H·D]
        using var query = parts[0];
        using var key = parts[1];
        return new AttentionInput(
            Heads.Split(q_norm.forward(query), _heads), Heads.Split(k_norm!.forward(key), _heads), Heads.Split(parts[2], _heads));
    }

    private Tensor ProjectOut(Tensor attended)
    {
        using var tokens = Heads.Merge(attended);
        return proj.forward(tokens);
    }
}
