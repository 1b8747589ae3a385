using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>Sinusoids <c>[B, 256]</c> and labels <c>[B]</c> to a block's modulation <c>[B, 6·d]</c>.</summary>
internal sealed class DiffusersAdaLayerNormZero : Module<Tensor, Tensor, Tensor>
{
    private readonly DiffusersConditionEmbedding emb;
    private readonly Linear linear;

    public DiffusersAdaLayerNormZero(int width, int labelRows)
        : base(nameof(DiffusersAdaLayerNormZero))
    {
        emb = new DiffusersConditionEmbedding(width, labelRows);
        linear = Layers.Linear(width, 6 * width);
        RegisterComponents();
    }

    public Tensor Condition(Tensor sinusoids, Tensor labels) => emb.forward(sinusoids, labels);

    public override Tensor forward(Tensor sinusoids, Tensor labels)
    {
        using var condition = Condition(sinusoids, labels);
        using var activated = condition.silu();
        return linear.forward(activated);
    }
}
