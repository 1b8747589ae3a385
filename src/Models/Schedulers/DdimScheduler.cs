using DiTFastAttn.Models.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>DDIM (Song et al. 2020, arXiv 2010.02502, equation 12), as diffusers computes it.</summary>
public sealed class DdimScheduler : IScheduler
{
    private readonly DdimConfig _config;
    private readonly float[] _alphasCumprod;
    private readonly int[] _timesteps;
    private readonly int _stride;

    internal DdimScheduler(DdimConfig config, int steps)
    {
        _config = config;
        _alphasCumprod = NoiseSchedule.AlphasCumprod(config);
        _timesteps = TimestepGrid.Spaced(config.TimestepSpacing, config.TrainTimesteps, steps, config.StepsOffset);
        ConfigChecks.Require(
            _timesteps[0] < config.TrainTimesteps, Name, "steps_offset", config.StepsOffset,
            $"less, so that {steps} steps stay below timestep {config.TrainTimesteps}");

        // Not the next entry of the list: with linspace and trailing spacing the two differ.
        _stride = config.TrainTimesteps / steps;
        Timesteps = Array.ConvertAll(_timesteps, t => (float)t);
    }

    /// <inheritdoc/>
    public string Name => _config.Name;

    /// <inheritdoc/>
    public IReadOnlyList<float> Timesteps { get; }

    /// <summary>ᾱ of every training timestep.</summary>
    public IReadOnlyList<float> AlphasCumprod => _alphasCumprod;

    /// <inheritdoc/>
    public bool TakesVariance => false;

    /// <inheritdoc/>
    public bool AddsNoise(int step) => _config.Eta > 0;

    /// <inheritdoc/>
    public Tensor Step(Tensor output, int step, Tensor sample, Tensor? noise = null)
    {
        StepInputs.Check(this, output, step, sample, noise);
        using var scope = NewDisposeScope();
        var timestep = _timesteps[step];
        var previous = timestep - _stride;
        double current = _alphasCumprod[timestep];
        double next = previous >= 0 ? _alphasCumprod[previous] : _config.SetAlphaToOne ? 1 : _alphasCumprod[0];
        var (alpha, sigma) = (Math.Sqrt(current), Math.Sqrt(1 - current));

        var clean = Prediction.Clean(_config.PredictionType, output, sample, alpha, sigma);
        if (_config.Thresholding)
        {
            clean = Prediction.Threshold(clean, _config);
        }
        else if (_config.ClipSample)
        {
            clean = clean.clamp(-_config.ClipSampleRange, _config.ClipSampleRange);
        }

        // The direction takes the noise as predicted, also where x₀ was clipped.
        var direction = Prediction.Noise(_config.PredictionType, output, sample, alpha, sigma);
        var variance = (1 - next) / (1 - current) * (1 - (current / next));
        var deviation = _config.Eta * Math.Sqrt(variance);
        var result = (clean * Math.Sqrt(next)) + (direction * Math.Sqrt(1 - next - (deviation * deviation)));
        if (AddsNoise(step))
        {
            result += noise! * deviation;
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Keeps nothing from step to step.
    }
}
