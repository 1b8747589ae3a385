using DiTFastAttn.Models.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>Ancestral sampling, DDPM (Ho et al. 2020, arXiv 2006.11239, equation 7), as diffusers computes it.</summary>
public sealed class DdpmScheduler : IScheduler
{
    private const double LeastVariance = 1e-20;

    private readonly DdpmConfig _config;
    private readonly float[] _alphasCumprod;
    private readonly int[] _timesteps;

    internal DdpmScheduler(DdpmConfig config, int steps)
    {
        _config = config;
        _alphasCumprod = NoiseSchedule.AlphasCumprod(config);
        _timesteps = TimestepGrid.Spaced(config.TimestepSpacing, config.TrainTimesteps, steps, config.StepsOffset);
        ConfigChecks.Require(
            _timesteps[0] < config.TrainTimesteps, Name, "steps_offset", config.StepsOffset,
            $"less, so that {steps} steps stay below timestep {config.TrainTimesteps}");
        Timesteps = Array.ConvertAll(_timesteps, t => (float)t);
    }

    /// <inheritdoc/>
    public string Name => _config.Name;

    /// <inheritdoc/>
    public IReadOnlyList<float> Timesteps { get; }

    /// <summary>ᾱ of every training timestep.</summary>
    public IReadOnlyList<float> AlphasCumprod => _alphasCumprod;

    /// <inheritdoc/>
    public bool TakesVariance => _config.VarianceType is VarianceType.Learned or VarianceType.LearnedRange;

    /// <inheritdoc/>
    public bool AddsNoise(int step) => _timesteps[step] > 0;

    /// <inheritdoc/>
    public Tensor Step(Tensor output, int step, Tensor sample, Tensor? noise = null)
    {
        StepInputs.Check(this, output, step, sample, noise);
        using var scope = NewDisposeScope();
        double current = _alphasCumprod[_timesteps[step]];
        var next = step + 1 < _timesteps.Length ? _alphasCumprod[_timesteps[step + 1]] : 1.0;
        var beta = 1 - (current / next);

        var channels = sample.shape[1];
        var predicted = TakesVariance ? output.narrow(1, 0, channels) : output;
        var clean = Prediction.Clean(_config.PredictionType, predicted, sample, Math.Sqrt(current), Math.Sqrt(1 - current));
        if (_config.Thresholding)
        {
            clean = Prediction.Threshold(clean, _config);
        }
        else if (_config.ClipSample)
        {
            clean = clean.clamp(-_config.ClipSampleRange, _config.ClipSampleRange);
        }

        var result = (clean * (Math.Sqrt(next) * beta / (1 - current)))
            + (sample * (Math.Sqrt(current / next) * (1 - next) / (1 - current)));
        if (AddsNoise(step))
        {
            var posterior = Math.Max((1 - next) / (1 - current) * beta, LeastVariance);
            result += _config.VarianceType switch
            {
                VarianceType.FixedSmall or VarianceType.FixedSmallLog => noise! * Math.Sqrt(posterior),
                VarianceType.FixedLarge => noise! * Math.Sqrt(beta),
                VarianceType.Learned => noise! * output.narrow(1, channels, channels).sqrt(),
                _ => noise! * Deviation(output.narrow(1, channels, channels), Math.Log(posterior), Math.Log(beta)),
            };
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Keeps nothing from step to step.
    }

    /// <summary>exp(½(f·ln β + (1−f)·ln β̃)) with f = (v + 1)/2 (Nichol &amp; Dhariwal 2021, arXiv 2102.09672, equation 15).</summary>
    private static Tensor Deviation(Tensor v, double smallest, double largest)
    {
        var share = (v + 1) / 2;
        return (((share * largest) + ((1 - share) * smallest)) * 0.5).exp();
    }
}
