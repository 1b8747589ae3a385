using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>
/// The closed formula that stands for a network in the scheduler cases, as their <c>call.model</c> says it: smooth in the
/// sample, and different at every timestep.
/// </summary>
/// <param name="Prediction">What it predicts: <c>epsilon</c>, <c>sample</c>, <c>v_prediction</c> or <c>flow_prediction</c>.</param>
/// <param name="HasVariance">Whether as many channels for the variance follow.</param>
internal sealed record FormulaModel(string Prediction, bool HasVariance)
{
    /// <summary>The model of a case.</summary>
    public static FormulaModel Of(JsonElement call) => new(call.Text("prediction"), call.Flag("variance_channels"));

    /// <summary>The output at a sample and a timestep, elementwise in float32; the caller owns it.</summary>
    /// <param name="x">The sample <c>[B, C, …]</c>.</param>
    /// <param name="timestep">The timestep that the scheduler gives the model.</param>
    public Tensor Predict(Tensor x, float timestep)
    {
        using var scope = NewDisposeScope();
        var u = timestep / 1000f;
        var a = (1 - u) * (1 - u);
        var s = MathF.Sqrt(1 - (a * a)) + 0.05f;
        var clean = (x / ((x * x * (0.3f * s * s)) + 1)) + (0.1f * s);
        var noise = (x - (clean * a)) / s;
        var output = Prediction switch
        {
            "epsilon" => noise,
            "sample" => clean,
            "v_prediction" => (noise * a) - (clean * s),
            "flow_prediction" => noise - clean,
            _ => throw new FormatException($"call.prediction '{Prediction}' is not known"),
        };
        if (HasVariance)
        {
            var square = x * x;
            output = cat([output, (square - 1) / (square + 1) * (1 - (0.5f * u))], 1);
        }

        return output.MoveToOuterDisposeScope();
    }
}
