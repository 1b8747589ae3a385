using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>x + attention(norm x)</summary>
internal sealed class T5AttentionLayer : Module<Tensor, Tensor, Tensor?, Tensor>
{
    private readonly T5Attention SelfAttention;
    private readonly T5LayerNorm layer_norm;

    public T5AttentionLayer(T5Config config, bool hasPositions, ScalarType dtype, Device? device)
        : base(nameof(T5AttentionLayer))
    {
        SelfAttention = new T5Attention(config, hasPositions, dtype, device);
        layer_norm = new T5LayerNorm(config.DModel, config.LayerNormEpsilon, dtype, device);
        RegisterComponents();
    }

    /// <inheritdoc cref="T5Attention.PositionBias"/>
    public Tensor PositionBias(long tokens) => SelfAttention.PositionBias(tokens);

    public override Tensor forward(Tensor hidden, Tensor positions, Tensor? dropped)
    {
        using var normed = layer_norm.forward(hidden);
        using var attended = SelfAttention.forward(normed, positions, dropped);
        return T5Block.Bounded(hidden + attended);
    }
}
