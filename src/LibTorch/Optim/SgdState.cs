using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>The running sum of a parameter's gradients.</summary>
internal sealed class SgdState(Parameter parameter) : OptimizerState(parameter), IDisposable
{
    private Tensor? momentum;

    /// <summary>Adds a gradient to the decayed sum and gives the sum, which stays the state's. The first gradient is taken whole.</summary>
    internal Tensor Accumulate(Tensor grad, double decay, double dampening)
    {
        if (momentum is null) Replace(ref momentum, grad.clone());
        else momentum.mul_(decay).add_(grad, alpha: 1 - dampening);
        return momentum!;
    }

    public override void Initialize(OptimizerOptions options) => Replace(ref momentum, tensor: null);

    public override void SaveStateDict(BinaryWriter writer) => SaveConditionalStateTensor(writer, momentum);

    public override void LoadStateDict(BinaryReader reader) => LoadConditionalStateTensor(reader, ref momentum, parameter.device);

    public override void LoadStateDict(OptimizerState source) =>
        Replace(ref momentum, ((SgdState)source).momentum?.to(parameter.device, copy: true));

    public override bool ApproximatelyEquals(OptimizerState other) =>
        other is SgdState state && (momentum is null ? state.momentum is null : state.momentum is not null && momentum.allclose(state.momentum));

    public override void to(Device device) => Replace(ref momentum, momentum?.to(device));

    public void Dispose() => momentum?.Dispose();
}
