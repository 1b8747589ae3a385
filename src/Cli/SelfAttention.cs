using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Cli;

/// <summary>One self-attention layer under the names of diffusers' <c>Attention</c>: no norm, no skip, no gate.</summary>
internal sealed partial class SelfAttention : Module<Tensor, Tensor>
{
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly Sequential to_out;
    private readonly int _heads;
    private readonly int _headWidth;

    public SelfAttention(int width, int heads, int headWidth, bool bias, bool outputBias)
        : base(nameof(SelfAttention))
    {
        _heads = heads;
        _headWidth = headWidth;
        to_q = Linear(width, heads * headWidth, bias);
        to_k = Linear(width, heads * headWidth, bias);
        to_v = Linear(width, heads * headWidth, bias);
        to_out = Sequential(("0", Linear(heads * headWidth, width, outputBias)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden) => Attend(hidden);

    [AttentionSite("layer", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor Attend(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden)
        => new(SplitHeads(to_q.forward(hidden)), SplitHeads(to_k.forward(hidden)), SplitHeads(to_v.forward(hidden)));

    private Tensor ProjectOut(Tensor attended)
    {
        // [b, H, L, D] -> [b, L, H·D]
        using var tokens = attended.transpose(1, 2);
        using var merged = tokens.reshape(attended.shape[0], attended.shape[2], _heads * _headWidth);
        return to_out.forward(merged);
    }

    private Tensor SplitHeads(Tensor projected)
    {
        using (projected)
        {
            // [b, L, H·D] -> [b, H, L, D]
            using var heads = projected.view(projected.shape[0], projected.shape[1], _heads, _headWidth);
            return heads.transpose(1, 2);
        }
    }
}
