using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>wo(relu(wi x)) of T5 v1.0, or wo(gelu(wi_0 x) · wi_1 x) of v1.1 with the tanh approximation of GELU.</summary>
internal sealed class T5FeedForward : Module<Tensor, Tensor>
{
    private readonly Linear? wi;
    private readonly Linear? wi_0;
    private readonly Linear? wi_1;
    private readonly Linear wo;

    public T5FeedForward(T5Config config, ScalarType dtype, Device? device)
        : base(nameof(T5FeedForward))
    {
        if (config.IsGatedGelu)
        {
            wi_0 = Layers.Linear(config.DModel, config.DFf, bias: false, dtype, device);
            wi_1 = Layers.Linear(config.DModel, config.DFf, bias: false, dtype, device);
        }
        else
        {
            wi = Layers.Linear(config.DModel, config.DFf, bias: false, dtype, device);
        }

        // As the published library: its products overflow float16, so this one weight stays in float32 there.
        wo = Layers.Linear(config.DFf, config.DModel, bias: false, dtype == ScalarType.Float16 ? ScalarType.Float32 : dtype, device);
        RegisterComponents();
    }

    /// <summary>Tokens <c>[B, L, d]</c> to tokens in the dtype of <c>wo</c>.</summary>
    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var inner = wi is not null
            ? wi.forward(hidden).relu_() // [B, L, d_ff]
            : GeluTanh.Apply(wi_0!.forward(hidden)).mul_(wi_1!.forward(hidden));
        return wo.forward(inner.to(wo.weight.dtype)).MoveToOuterDisposeScope();
    }
}
