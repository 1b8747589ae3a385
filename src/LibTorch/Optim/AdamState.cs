using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>The running means of a parameter's gradient and of its square; Adam and AdamW keep the same.</summary>
internal sealed class AdamState(Parameter parameter, bool amsgrad) : OptimizerState(parameter), IDisposable
{
    private long step;
    private Tensor? mean;
    private Tensor? square;
    private Tensor? largestSquare;

    /// <summary>One step of Adam (arXiv 1412.6980), with AMSGrad's bound (arXiv 1904.09237) where the state has it.</summary>
    internal void Step(Tensor grad, double learningRate, double beta1, double beta2, double eps)
    {
        step++;
        mean!.mul_(beta1).add_(grad, alpha: 1 - beta1);
        square!.mul_(beta2).addcmul_(grad, grad, value: 1 - beta2);
        if (largestSquare is not null) Replace(ref largestSquare, maximum(largestSquare, square));
        var denominator = (largestSquare ?? square).sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, step))).add_(eps);
        parameter.addcdiv_(mean, denominator, value: -learningRate / (1 - Math.Pow(beta1, step)));
    }

    public override void Initialize(OptimizerOptions options)
    {
        step = 0;
        Replace(ref mean, zeros_like(parameter));
        Replace(ref square, zeros_like(parameter));
        Replace(ref largestSquare, amsgrad ? zeros_like(parameter) : null);
    }

    public override void SaveStateDict(BinaryWriter writer)
    {
        writer.Write(step);
        mean!.Save(writer);
        square!.Save(writer);
        SaveConditionalStateTensor(writer, largestSquare);
    }

    public override void LoadStateDict(BinaryReader reader)
    {
        step = reader.ReadInt64();
        mean!.Load(reader);
        square!.Load(reader);
        LoadConditionalStateTensor(reader, ref largestSquare, parameter.device);
    }

    public override void LoadStateDict(OptimizerState source)
    {
        var other = (AdamState)source;
        step = other.step;
        Replace(ref mean, other.mean!.to(parameter.device, copy: true));
        Replace(ref square, other.square!.to(parameter.device, copy: true));
        Replace(ref largestSquare, other.largestSquare?.to(parameter.device, copy: true));
    }

    public override bool ApproximatelyEquals(OptimizerState other) =>
        other is AdamState state && step == state.step && mean!.allclose(state.mean!) && square!.allclose(state.square!)
        && (largestSquare is null ? state.largestSquare is null : state.largestSquare is not null && largestSquare.allclose(state.largestSquare));

    public override void to(Device device)
    {
        Replace(ref mean, mean!.to(device));
        Replace(ref square, square!.to(device));
        Replace(ref largestSquare, largestSquare?.to(device));
    }

    public void Dispose()
    {
        mean?.Dispose();
        square?.Dispose();
        largestSquare?.Dispose();
    }
}
