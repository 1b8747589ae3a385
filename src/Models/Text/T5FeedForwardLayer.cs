using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>x + feed-forward(norm x)</summary>
internal sealed class T5FeedForwardLayer : Module<Tensor, Tensor>
{
    private readonly T5FeedForward DenseReluDense;
    private readonly T5LayerNorm layer_norm;

    public T5FeedForwardLayer(T5Config config, ScalarType dtype, Device? device)
        : base(nameof(T5FeedForwardLayer))
    {
        DenseReluDense = new T5FeedForward(config, dtype, device);
        layer_norm = new T5LayerNorm(config.DModel, config.LayerNormEpsilon, dtype, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        using var normed = layer_norm.forward(hidden);
        using var fed = DenseReluDense.forward(normed);
        return T5Block.Bounded(hidden + fed);
    }
}
