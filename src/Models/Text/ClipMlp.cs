using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>fc2(act(fc1 x)) with x·σ(1.702·x) or the exact GELU.</summary>
internal sealed class ClipMlp : Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly bool _isQuick;

    public ClipMlp(ClipTowerConfig config, ScalarType dtype, Device? device)
        : base(nameof(ClipMlp))
    {
        _isQuick = config.IsQuickGelu;
        fc1 = Layers.Linear(config.HiddenSize, config.IntermediateSize, bias: true, dtype, device);
        fc2 = Layers.Linear(config.IntermediateSize, config.HiddenSize, bias: true, dtype, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        const double Steepness = 1.702;
        using var scope = NewDisposeScope();
        var inner = fc1.forward(hidden);
        return fc2.forward(_isQuick ? inner.mul(inner.mul(Steepness).sigmoid_()) : inner.gelu()).MoveToOuterDisposeScope();
    }
}
