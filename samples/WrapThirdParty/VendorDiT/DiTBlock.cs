using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace VendorDiT;

/// <summary>Attention and a feed-forward network, each behind a modulated normalisation and before a gate.</summary>
public sealed class DiTBlock : Module<Tensor, Tensor, Tensor>
{
    private readonly LayerNorm norm1;
    private readonly SelfAttention attn;
    private readonly LayerNorm norm2;
    private readonly Sequential mlp;
    private readonly Linear modulation;

    public DiTBlock(long width, long heads)
        : base(nameof(DiTBlock))
    {
        norm1 = LayerNorm(width);
        attn = new SelfAttention(width, heads);
        norm2 = LayerNorm(width);
        mlp = Sequential(Linear(width, 4 * width), GELU(), Linear(4 * width, width));
        modulation = Linear(width, 6 * width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden, Tensor condition)
    {
        using var scope = NewDisposeScope();
        var parts = modulation.forward(condition).unsqueeze(1).chunk(6, -1); // six of [B, 1, d]
        var attended = attn.forward(Modulate(norm1.forward(hidden), parts[0], parts[1]));
        var between = hidden + (attended * parts[2]);
        var fed = mlp.forward(Modulate(norm2.forward(between), parts[3], parts[4]));
        return (between + (fed * parts[5])).MoveToOuterDisposeScope();
    }

    private static Tensor Modulate(Tensor hidden, Tensor shift, Tensor scale) => (hidden * (scale + 1)) + shift;
}
