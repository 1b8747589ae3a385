using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>One layer of either tower: x += attention(LN x), x += MLP(LN x).</summary>
internal sealed class ClipLayer : Module<Tensor, Tensor?, Tensor>
{
    private readonly ClipAttention self_attn;
    private readonly LayerNorm layer_norm1;
    private readonly ClipMlp mlp;
    private readonly LayerNorm layer_norm2;

    public ClipLayer(ClipTowerConfig config, bool isCausal, ScalarType dtype, Device? device)
        : base(nameof(ClipLayer))
    {
        self_attn = new ClipAttention(config, isCausal, dtype, device);
        layer_norm1 = LayerNorm(config.HiddenSize, config.LayerNormEps, dtype: dtype, device: device);
        mlp = new ClipMlp(config, dtype, device);
        layer_norm2 = LayerNorm(config.HiddenSize, config.LayerNormEps, dtype: dtype, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var attended = hidden + self_attn.forward(layer_norm1.forward(hidden), mask);
        return (attended + mlp.forward(layer_norm2.forward(attended))).MoveToOuterDisposeScope();
    }
}
