using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>Root-mean-square norm: x / √(mean(x²) + ε) · weight; no mean is subtracted, there is no bias. Computed in float32.</summary>
internal sealed class T5LayerNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double _epsilon;

    public T5LayerNorm(int width, double epsilon, ScalarType dtype, Device? device)
        : base(nameof(T5LayerNorm))
    {
        _epsilon = epsilon;
        weight = Parameter(ones(width, dtype, device));
        RegisterComponents();
    }

    /// <summary>Tokens <c>[B, L, d]</c> to tokens in the weight's dtype.</summary>
    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var wide = hidden.to(ScalarType.Float32);
        var scale = wide.square().mean([-1], keepdim: true).add_(_epsilon).rsqrt_(); // [B, L, 1]
        return wide.mul(scale).to(weight.dtype).mul(weight).MoveToOuterDisposeScope();
    }
}
