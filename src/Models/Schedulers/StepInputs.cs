using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Schedulers;

/// <summary>Checks what a scheduler's step is given, before torch sees it.</summary>
internal static class StepInputs
{
    public static void Check(IScheduler scheduler, Tensor output, int step, Tensor sample, Tensor? noise)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(sample);
        if (step < 0 || step >= scheduler.Timesteps.Count)
        {
            throw new ArgumentException($"{scheduler.Name}: step {step} is out of range: there are {scheduler.Timesteps.Count} steps, from 0.", nameof(step));
        }

        var shape = sample.shape;
        if (shape.Length < 2)
        {
            throw new ArgumentException($"{scheduler.Name}: the sample has shape {SafetensorsTypes.ShapeText(shape)}; it has to be [B, C, …].", nameof(sample));
        }

        long[] expected = [shape[0], scheduler.TakesVariance ? 2 * shape[1] : shape[1], .. shape[2..]];
        if (!output.shape.AsSpan().SequenceEqual(expected))
        {
            throw new ArgumentException(
                $"{scheduler.Name}: the model's output has shape {SafetensorsTypes.ShapeText(output.shape)}; for this sample it has to be {SafetensorsTypes.ShapeText(expected)}.",
                nameof(output));
        }

        if (scheduler.AddsNoise(step) && (noise is null || !noise.shape.AsSpan().SequenceEqual(shape)))
        {
            throw new ArgumentException(
                $"{scheduler.Name}: step {step} needs noise of shape {SafetensorsTypes.ShapeText(shape)}, and got {(noise is null ? "none" : SafetensorsTypes.ShapeText(noise.shape))}.",
                nameof(noise));
        }
    }
}
