using DiTFastAttn.Models.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// Euler's method on a straight flow x = (1−σ)·x₀ + σ·ε (Esser et al. 2024, arXiv 2403.03206), as diffusers computes it. The model
/// predicts the velocity ε − x₀.
/// </summary>
public sealed class FlowMatchEulerScheduler : IScheduler
{
    private readonly FlowMatchEulerConfig _config;
    private readonly float[] _sigmas;

    internal FlowMatchEulerScheduler(FlowMatchEulerConfig config, int steps)
    {
        _config = config;
        var sigmas = FlowSigmas.Shifted(
            Range(config, steps), config.UseDynamicShifting ? FlowSigmas.ShiftOf(config.Mu!.Value, config.LinearTimeShift) : config.Shift);
        if (config.ShiftTerminal is { } terminal)
        {
            sigmas = FlowSigmas.Stretched(sigmas, terminal);
        }

        if (config.UseKarrasSigmas)
        {
            sigmas = NoiseLevels.Karras(sigmas[^1], sigmas[0], steps);
        }

        var rounded = Array.ConvertAll(sigmas, s => config.InvertSigmas ? 1 - (float)s : (float)s);
        Timesteps = Array.ConvertAll(rounded, s => s * config.TrainTimesteps);
        _sigmas = [.. rounded, config.InvertSigmas ? 1 : 0];
    }

    /// <inheritdoc/>
    public string Name => _config.Name;

    /// <inheritdoc/>
    public IReadOnlyList<float> Timesteps { get; }

    /// <summary>The share σ of noise before each step, and after the last.</summary>
    public IReadOnlyList<float> Sigmas => _sigmas;

    /// <inheritdoc/>
    public bool TakesVariance => false;

    /// <inheritdoc/>
    public bool AddsNoise(int step) => _config.StochasticSampling;

    /// <inheritdoc/>
    public Tensor Step(Tensor output, int step, Tensor sample, Tensor? noise = null)
    {
        StepInputs.Check(this, output, step, sample, noise);
        using var scope = NewDisposeScope();
        double sigma = _sigmas[step];
        double next = _sigmas[step + 1];
        var result = AddsNoise(step)
            ? ((sample - (output * sigma)) * (1 - next)) + (noise! * next)
            : sample + (output * (next - sigma));
        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Keeps nothing from step to step.
    }

    /// <summary>σ evenly from that of timestep T to that of timestep 1, both shifted already unless the shift is dynamic.</summary>
    private static double[] Range(FlowMatchEulerConfig config, int steps)
    {
        var (most, least) = (1f, 1f / config.TrainTimesteps);
        if (!config.UseDynamicShifting)
        {
            var shift = (float)config.Shift;
            (most, least) = (shift * most / (1 + ((shift - 1) * most)), shift * least / (1 + ((shift - 1) * least)));
        }

        return [.. TimestepGrid.Linspace((double)least - most, steps).Select(ramp => most + ramp)];
    }
}
