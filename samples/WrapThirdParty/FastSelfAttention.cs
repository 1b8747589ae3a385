using DiTFastAttn;
using TorchSharp.Modules;
using VendorDiT;
using WrapThirdParty;
using static TorchSharp.torch;

[assembly: WrapAttention(typeof(SelfAttention), typeof(FastSelfAttention), Owner = typeof(DiTBlock), Field = "attn")]

namespace WrapThirdParty;

/// <summary>Stands for the vendor's attention while the model is attached. What it names with [OriginalMember] is private there.</summary>
internal sealed partial class FastSelfAttention : SelfAttention
{
    [OriginalMember]
    private partial Linear qkv { get; }

    [OriginalMember]
    private partial Linear proj { get; }

    [OriginalMember("_heads")]
    private partial long Heads { get; }

    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads))]
    public override partial Tensor forward(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden)
    {
        using var packed = qkv.forward(hidden);
        using var split = packed.view(hidden.shape[0], hidden.shape[1], 3, Heads, hidden.shape[2] / Heads); // [B, L, 3·H·D] -> [B, L, 3, H, D]
        using var permuted = split.permute(2, 0, 3, 1, 4); // -> [3, B, H, L, D]
        return new AttentionInput(permuted.select(0, 0), permuted.select(0, 1), permuted.select(0, 2));
    }

    private Tensor ProjectOut(Tensor attended)
    {
        using var swapped = attended.transpose(1, 2); // [B, H, L, D] -> [B, L, H, D]
        using var joined = swapped.reshape(swapped.shape[0], swapped.shape[1], swapped.shape[2] * swapped.shape[3]); // -> [B, L, d]
        return proj.forward(joined);
    }
}
