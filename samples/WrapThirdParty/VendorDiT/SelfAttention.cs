using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace VendorDiT;

/// <summary>Multi-head self-attention <c>[B, L, d]</c> to <c>[B, L, d]</c>.</summary>
public class SelfAttention : Module<Tensor, Tensor>
{
    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly long _heads;

    public SelfAttention(long width, long heads)
        : base(nameof(SelfAttention))
    {
        _heads = heads;
        qkv = Linear(width, 3 * width);
        proj = Linear(width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        var (batch, tokens, width) = (hidden.shape[0], hidden.shape[1], hidden.shape[2]);
        using var scope = NewDisposeScope();
        var split = qkv.forward(hidden).view(batch, tokens, 3, _heads, width / _heads).permute(2, 0, 3, 1, 4);
        var attended = functional.scaled_dot_product_attention(split.select(0, 0), split.select(0, 1), split.select(0, 2));
        return proj.forward(attended.transpose(1, 2).reshape(batch, tokens, width)).MoveToOuterDisposeScope();
    }
}
