using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>One block of the encoder: x += attention(norm x), x += feed-forward(norm x).</summary>
internal sealed class T5Block : Module<Tensor, Tensor, Tensor?, Tensor>
{
    private readonly ModuleList<Module> layer;

    public T5Block(T5Config config, bool hasPositions, ScalarType dtype, Device? device)
        : base(nameof(T5Block))
    {
        layer = new ModuleList<Module>(
            new T5AttentionLayer(config, hasPositions, dtype, device),
            new T5FeedForwardLayer(config, dtype, device));
        RegisterComponents();
    }

    private T5AttentionLayer Attention => (T5AttentionLayer)layer[0];

    private T5FeedForwardLayer FeedForward => (T5FeedForwardLayer)layer[1];

    /// <inheritdoc cref="T5Attention.PositionBias"/>
    public Tensor PositionBias(long tokens) => Attention.PositionBias(tokens);

    /// <summary>Tokens <c>[B, L, d]</c> to tokens.</summary>
    public override Tensor forward(Tensor hidden, Tensor positions, Tensor? dropped)
    {
        using var attended = Attention.forward(hidden, positions, dropped);
        return FeedForward.forward(attended);
    }

    /// <summary>Keeps the residual stream finite where it is float16, as the published library does.</summary>
    /// <param name="hidden">Given up by the caller.</param>
    internal static Tensor Bounded(Tensor hidden)
    {
        const double LargestHalf = 65504;
        const double Margin = 1000;
        if (hidden.dtype != ScalarType.Float16)
        {
            return hidden;
        }

        // Not every CPU build clamps float16 itself.
        using var given = hidden;
        using var scope = NewDisposeScope();
        var bound = given.isinf().any().item<bool>() ? LargestHalf - Margin : LargestHalf;
        return given.to(ScalarType.Float32).clamp_(-bound, bound).to(ScalarType.Float16).MoveToOuterDisposeScope();
    }
}
