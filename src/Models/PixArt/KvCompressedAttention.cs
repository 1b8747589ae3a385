using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>
/// Self-attention with compressed keys and values (PixArt-Σ, Chen et al. 2024, arXiv 2403.04692, section 3.2), in the authors' layout: keys and
/// values, laid on the token grid, are each reduced by one depthwise convolution and layer norm; queries stay.
/// </summary>
/// <remarks>Queries and keys are different tokens, so the site is declared as cross-attention: there is no window between them.</remarks>
internal sealed partial class KvCompressedAttention : Module<Tensor, int, Tensor>
{
    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly Conv2d sr;
    private readonly LayerNorm norm;
    private readonly LayerNorm? q_norm;
    private readonly LayerNorm? k_norm;
    private readonly int _heads;
    private readonly int _headWidth;

    public KvCompressedAttention(int heads, int headWidth, bool qkNorm, int scale)
        : base(nameof(KvCompressedAttention))
    {
        (_heads, _headWidth) = (heads, headWidth);
        var width = heads * headWidth;
        qkv = Layers.Linear(width, 3 * width);
        proj = Layers.Linear(width, width);
        sr = Layers.Zero(Conv2d(width, width, scale, scale, groups: width, device: Layers.Device, dtype: Layers.Dtype));
        norm = LayerNorm(width, device: Layers.Device, dtype: Layers.Dtype);
        q_norm = qkNorm ? LayerNorm(width, device: Layers.Device, dtype: Layers.Dtype) : null;
        k_norm = qkNorm ? LayerNorm(width, device: Layers.Device, dtype: Layers.Dtype) : null;
        RegisterComponents();
    }

    /// <summary>Tokens <c>[B, L, d]</c>, which lie on a grid of so many rows, to tokens.</summary>
    public override Tensor forward(Tensor hidden, int rows) => Attend(hidden, rows);

    [AttentionSite(
        Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Kind = SiteKind.CrossAttention, Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor Attend(Tensor hidden, int rows);

    private AttentionInput ProjectQkv(Tensor hidden, int rows)
    {
        using var scope = NewDisposeScope();
        var parts = qkv.forward(hidden).chunk(3, 2); // [B, L, 3·H·D] -> three of [B, L, H·D]
        var query = q_norm?.forward(parts[0]) ?? parts[0];
        var key = k_norm?.forward(parts[1]) ?? parts[1];
        return new AttentionInput(
            Heads.Split(query, _heads).MoveToOuterDisposeScope(),
            Heads.Split(Compress(key, rows), _heads).MoveToOuterDisposeScope(),
            Heads.Split(Compress(parts[2], rows), _heads).MoveToOuterDisposeScope());
    }

    private Tensor Compress(Tensor tokens, int rows)
    {
        var grid = tokens.transpose(1, 2).reshape(tokens.shape[0], tokens.shape[2], rows, -1); // [B, L, d] -> [B, d, rows, columns]
        return norm.forward(sr.forward(grid).flatten(2).transpose(1, 2)); // -> [B, L/s², d]
    }

    private Tensor ProjectOut(Tensor attended)
    {
        using var tokens = Heads.Merge(attended);
        return proj.forward(tokens);
    }
}
