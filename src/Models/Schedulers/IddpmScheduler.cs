using DiTFastAttn.Models.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// IDDPM with respaced timesteps (Nichol &amp; Dhariwal 2021, arXiv 2102.09672), as facebookresearch/DiT computes it: β are
/// computed anew from the ᾱ that are kept; all tables in float64, or in float32 as OpenSora has them.
/// </summary>
public sealed class IddpmScheduler : IScheduler
{
    private readonly IddpmConfig _config;
    internal IddpmScheduler(IddpmConfig config, string respacing)
    {
        _config = config;
        TimestepMap = Respacing.Parse(respacing, config.DiffusionSteps, config.Name);
        Tables = new IddpmTables(config, TimestepMap);
        Timesteps = [.. TimestepMap.Reverse().Select(t => (float)t)];
    }

    /// <inheritdoc/>
    public string Name => _config.Name;

    /// <inheritdoc/>
    public IReadOnlyList<float> Timesteps { get; }

    /// <summary>The kept training timesteps, ascending.</summary>
    public IReadOnlyList<int> TimestepMap { get; }

    /// <summary>ᾱ of the kept timesteps, ascending.</summary>
    public IReadOnlyList<double> AlphasCumprod => Tables.AlphasCumprod;

    /// <summary>ln β̃ of the kept timesteps, ascending, the first entry replaced by the second.</summary>
    public IReadOnlyList<double> PosteriorLogVarianceClipped => Tables.PosteriorLogVarianceClipped;

    /// <summary>All coefficients, ascending.</summary>
    internal IddpmTables Tables { get; }

    /// <inheritdoc/>
    public bool TakesVariance => _config.LearnSigma;

    /// <inheritdoc/>
    public bool AddsNoise(int step) => step < Timesteps.Count - 1 && (_config.Loop == IddpmLoop.Ancestral || _config.Eta > 0);

    /// <inheritdoc/>
    public Tensor Step(Tensor output, int step, Tensor sample, Tensor? noise = null)
    {
        StepInputs.Check(this, output, step, sample, noise);
        using var scope = NewDisposeScope();
        var index = Timesteps.Count - 1 - step;
        var channels = sample.shape[1];
        var predicted = TakesVariance ? output.narrow(1, 0, channels) : output;
        var clean = _config.PredictXStart
            ? predicted.alias()
            : (sample * Tables.SampleToClean[index]) - (predicted * Tables.NoiseToClean[index]);
        if (_config.ClipDenoised)
        {
            clean = clean.clamp(-1, 1);
        }

        var result = _config.Loop == IddpmLoop.Ddim
            ? DdimStep(clean, index, sample, noise)
            : AncestralStep(clean, index, sample, noise, output);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Noises something clean to what the process has before a step: √ᾱ·x₀ + √(1 − ᾱ)·ε.</summary>
    /// <param name="clean">x₀, any shape; stays the caller's.</param>
    /// <param name="step">Index into <see cref="Timesteps"/>.</param>
    /// <param name="noise">ε, standard normal, the same shape; stays the caller's.</param>
    /// <returns>The same shape; the caller owns it.</returns>
    public Tensor Noise(Tensor clean, int step, Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(clean);
        ArgumentNullException.ThrowIfNull(noise);
        var index = Timesteps.Count - 1 - step;
        using var scaled = noise * Tables.SqrtOneMinusAlphasCumprod[index];
        using var kept = clean * Tables.SqrtAlphasCumprod[index];
        return kept + scaled;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Keeps nothing from step to step.
    }

    private Tensor AncestralStep(Tensor clean, int index, Tensor sample, Tensor? noise, Tensor output)
    {
        var mean = (clean * Tables.PosteriorMeanClean[index]) + (sample * Tables.PosteriorMeanSample[index]);
        if (index == 0)
        {
            return mean;
        }

        if (!TakesVariance)
        {
            return mean + (noise! * Math.Exp(0.5 * Tables.FixedLogVariance[index]));
        }

        // v = −1 is the posterior's variance, v = 1 is β (equation 15).
        var share = (output.narrow(1, sample.shape[1], sample.shape[1]) + 1) / 2;
        var logVariance = (share * Tables.LogBetas[index]) + ((1 - share) * Tables.PosteriorLogVarianceClipped[index]);
        return mean + ((logVariance * 0.5).exp() * noise!);
    }

    private Tensor DdimStep(Tensor clean, int index, Tensor sample, Tensor? noise)
    {
        var (current, next) = (Tables.AlphasCumprod[index], Tables.AlphasCumprodPrevious[index]);

        // From the x₀ that is used, so that clipping changes the noise too.
        var direction = ((sample * Tables.SampleToClean[index]) - clean) / Tables.NoiseToClean[index];
        var deviation = _config.Eta * Math.Sqrt((1 - next) / (1 - current)) * Math.Sqrt(1 - (current / next));
        var mean = (clean * Math.Sqrt(next)) + (direction * Math.Sqrt(1 - next - (deviation * deviation)));
        return index == 0 || _config.Eta == 0 ? mean : mean + (noise! * deviation);
    }
}
