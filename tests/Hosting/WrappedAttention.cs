using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

/// <summary>Stands for the vendor's attention, whose parts are private.</summary>
internal sealed partial class WrappedAttention : VendorDiT.SelfAttention
{
    [OriginalMember("qkv")]
    private partial Linear Qkv { get; }

    [OriginalMember("proj")]
    private partial Linear Proj { get; }

    [OriginalMember("_heads")]
    private partial long Heads { get; }

    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads))]
    public override partial Tensor forward(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden)
    {
        using var packed = Qkv.forward(hidden);
        using var split = packed.view(hidden.shape[0], hidden.shape[1], 3, Heads, hidden.shape[2] / Heads).permute(2, 0, 3, 1, 4); // -> [3, B, H, L, D]
        return new AttentionInput(split.select(0, 0), split.select(0, 1), split.select(0, 2));
    }

    private Tensor ProjectOut(Tensor attended)
    {
        using var joined = attended.transpose(1, 2).reshape(attended.shape[0], attended.shape[2], attended.shape[1] * attended.shape[3]); // -> [B, L, d]
        return Proj.forward(joined);
    }
}
