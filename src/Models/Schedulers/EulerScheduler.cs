using DiTFastAttn.Models.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// Euler's method on the probability-flow equation (Karras et al. 2022, arXiv 2206.00364, algorithm 1), as diffusers computes it:
/// the sample is x₀ + σ·ε, and the model is given it divided by √(σ² + 1).
/// </summary>
public sealed class EulerScheduler : IScheduler
{
    private readonly EulerConfig _config;
    private readonly float[] _alphasCumprod;
    private readonly float[] _sigmas;

    internal EulerScheduler(EulerConfig config, int steps)
    {
        _config = config;
        _alphasCumprod = NoiseSchedule.AlphasCumprodAboveZero(config);
        var all = NoiseLevels.OfTraining(_alphasCumprod);
        var timesteps = TimestepGrid.Unrounded(config.TimestepSpacing, config.TrainTimesteps, steps, config.StepsOffset);
        var sigmas = config.LogLinearSigmas ? LogLinear(all, steps) : NoiseLevels.At(timesteps, all);
        if (config.UseKarrasSigmas)
        {
            sigmas = NoiseLevels.Karras(config.SigmaMin ?? sigmas[^1], config.SigmaMax ?? sigmas[0], steps);
            timesteps = NoiseLevels.TimestepsOf(sigmas, all);
        }

        _sigmas = [.. sigmas.Select(s => (float)s), config.FinalSigmaZero ? 0 : all[0]];
        Timesteps = config.ContinuousTimesteps && config.PredictionType == PredictionType.VPrediction
            ? [.. _sigmas.SkipLast(1).Select(sigma => 0.25f * MathF.Log(sigma))]
            : Array.ConvertAll(timesteps, t => (float)t);
        double most = _sigmas.Max();
        InitialNoise = config.TimestepSpacing == TimestepSpacing.Leading ? Math.Sqrt((most * most) + 1) : most;
    }

    /// <inheritdoc/>
    public string Name => _config.Name;

    /// <inheritdoc/>
    public IReadOnlyList<float> Timesteps { get; }

    /// <inheritdoc/>
    public double InitialNoise { get; }

    /// <summary>The noise level σ before each step, and after the last.</summary>
    public IReadOnlyList<float> Sigmas => _sigmas;

    /// <summary>ᾱ of every training timestep.</summary>
    public IReadOnlyList<float> AlphasCumprod => _alphasCumprod;

    /// <inheritdoc/>
    public bool TakesVariance => false;

    /// <inheritdoc/>
    public bool AddsNoise(int step) => false;

    /// <inheritdoc/>
    public Tensor ModelInput(Tensor sample, int step)
    {
        ArgumentNullException.ThrowIfNull(sample);
        double sigma = _sigmas[step];
        return sample / Math.Sqrt((sigma * sigma) + 1);
    }

    /// <inheritdoc/>
    public Tensor Step(Tensor output, int step, Tensor sample, Tensor? noise = null)
    {
        StepInputs.Check(this, output, step, sample, noise);
        using var scope = NewDisposeScope();
        double sigma = _sigmas[step];
        var change = _sigmas[step + 1] - sigma;
        var slope = _config.PredictionType switch
        {
            PredictionType.Epsilon => output,
            PredictionType.Sample => (sample - output) / sigma,
            _ => (sample * (sigma / ((sigma * sigma) + 1))) + (output / Math.Sqrt((sigma * sigma) + 1)),
        };
        return (sample + (slope * change)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Keeps nothing from step to step.
    }

    /// <summary>One σ more than steps: the run ends at the least of them, and what is appended is not reached.</summary>
    private static double[] LogLinear(float[] all, int steps)
    {
        double most = MathF.Log(all[^1]);
        var ramp = TimestepGrid.Linspace(MathF.Log(all[0]) - most, steps + 1);
        return Array.ConvertAll(ramp, r => Math.Exp(most + r));
    }
}
