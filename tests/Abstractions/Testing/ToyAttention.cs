using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Tests.Testing;

/// <summary>Self-attention of two heads on eight channels; its site is named by its module's path.</summary>
public sealed partial class ToyAttention : Module<Tensor, Tensor>
{
    public const long Width = 8;

    private const int Heads = 2;
    private readonly Linear qkv;
    private readonly Linear proj;

    public ToyAttention()
        : base(nameof(ToyAttention))
    {
        qkv = Linear(Width, 3 * Width);
        proj = Linear(Width, Width);
        RegisterComponents();
    }

    private static long HeadWidth => Width / Heads;

    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads), HeadWidth = nameof(HeadWidth))]
    public override partial Tensor forward(Tensor input);

    /// <summary>What <see cref="forward"/> is to compute, written by hand.</summary>
    /// <param name="input">Tokens <c>[B, L, 8]</c></param>
    public Tensor ByHand(Tensor input)
    {
        using var projected = ProjectQkv(input);
        using var attended = functional.scaled_dot_product_attention(projected.Query, projected.Key, projected.Value);
        return ProjectOut(attended);
    }

    private AttentionInput ProjectQkv(Tensor hidden)
    {
        using var packed = qkv.forward(hidden);
        using var split = packed.view(hidden.shape[0], hidden.shape[1], 3, Heads, HeadWidth); // [B, L, 3d] -> [B, L, 3, H, D]
        using var permuted = split.permute(2, 0, 3, 1, 4); // -> [3, B, H, L, D]
        return new AttentionInput(permuted.select(0, 0), permuted.select(0, 1), permuted.select(0, 2));
    }

    private Tensor ProjectOut(Tensor attended)
    {
        using var swapped = attended.transpose(1, 2); // [B, H, L, D] -> [B, L, H, D]
        using var joined = swapped.reshape(swapped.shape[0], swapped.shape[1], Width); // -> [B, L, d]
        return proj.forward(joined);
    }
}
