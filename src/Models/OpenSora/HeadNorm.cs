using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>Root-mean-square norm over a head's channels: <c>[…, D]</c> to the same.</summary>
internal sealed class HeadNorm : Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-6;

    private readonly Parameter weight;

    public HeadNorm(int headWidth)
        : base(nameof(HeadNorm))
    {
        weight = Layers.Zeros(headWidth);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var wide = x.to(ScalarType.Float32);
        var normed = wide * (wide.square().mean([-1], keepdim: true) + Epsilon).rsqrt();
        return (normed.to(x.dtype) * weight).MoveToOuterDisposeScope();
    }
}
