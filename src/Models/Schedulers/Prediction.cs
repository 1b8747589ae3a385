using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Schedulers;

/// <summary>
/// Clean sample and noise from what a model predicted, for x = α·x₀ + σ·ε. Results may share the output's memory, so they are
/// not written to; they belong to the current dispose scope.
/// </summary>
internal static class Prediction
{
    /// <summary>x₀</summary>
    public static Tensor Clean(PredictionType type, Tensor output, Tensor sample, double alpha, double sigma) => type switch
    {
        PredictionType.Epsilon => (sample - (output * sigma)) / alpha,
        PredictionType.Sample => output.alias(),
        PredictionType.VPrediction => (sample * alpha) - (output * sigma),
        _ => sample - (output * sigma),
    };

    /// <summary>ε</summary>
    public static Tensor Noise(PredictionType type, Tensor output, Tensor sample, double alpha, double sigma) => type switch
    {
        PredictionType.Epsilon => output.alias(),
        PredictionType.VPrediction => (output * alpha) + (sample * sigma),
        _ => (sample - (Clean(type, output, sample, alpha, sigma) * alpha)) / sigma,
    };

    /// <summary>Dynamic thresholding: clamps x₀ to a quantile s of its own size, at least 1, and divides by s, sample by sample.</summary>
    public static Tensor Threshold(Tensor clean, DiffusersSchedulerConfig config)
    {
        var flat = clean.abs().flatten(1); // [B, C, …] -> [B, C·…]
        var size = flat.quantile(tensor(config.DynamicThresholdingRatio, dtype: flat.dtype, device: flat.device), 1, keepdim: true)
            .clamp(1, config.SampleMaxValue);
        size = size.view([clean.shape[0], .. Enumerable.Repeat(1L, (int)clean.dim() - 1)]);
        return clean.clamp(-size, size) / size;
    }
}
