using DiTFastAttn.Cli.Demo;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Search;

/// <summary>What a plan is searched on: classes in turn, and noise of a seed.</summary>
/// <param name="checkpoint">The model.</param>
/// <param name="steps">Denoising steps.</param>
/// <param name="guidanceScale">Classifier-free guidance; 1 and less for none.</param>
/// <param name="samples">Number of samples.</param>
/// <param name="seed">Seed of the noise.</param>
/// <param name="scheduler">Another scheduler than the checkpoint's.</param>
internal sealed class Calibration(DiTCheckpoint checkpoint, int steps, double guidanceScale, int samples, long seed, SchedulerConfig? scheduler = null)
{
    /// <summary>The sampler that the plan is for.</summary>
    public DiTSampler Sampler { get; } = new(
        checkpoint.Model,
        scheduler ?? checkpoint.Scheduler,
        new DiTSamplingOptions { Steps = steps, GuidanceScale = guidanceScale, ConditionalFirst = true });

    /// <summary>Number of samples.</summary>
    public int Samples => samples;

    /// <summary>Blocks of the model.</summary>
    public int Blocks => checkpoint.Model.Config.Depth;

    /// <summary>A class for each sample.</summary>
    public IReadOnlyList<int> Labels { get; } = [.. Enumerable.Range(0, samples).Select(sample => sample % checkpoint.Model.Geometry.Classes)];

    /// <summary>Standard normal noise <c>[n, C, S, S]</c>, the same every time; the caller owns it.</summary>
    public Tensor Noise()
    {
        using var generator = new Generator((ulong)seed);
        return randn(Sampler.LatentShape(samples), generator: generator);
    }

    /// <summary>Samples of other noise: what a plan is judged by that was calibrated on these.</summary>
    /// <param name="count">How many.</param>
    public Calibration Others(int count) => new(checkpoint, steps, guidanceScale, count, seed + 1_000_003, scheduler);

    /// <summary>Samples of yet other noise: what decides between plans, while rows and moves are measured on these.</summary>
    /// <param name="count">How many.</param>
    public Calibration HeldOut(int count) => new(checkpoint, steps, guidanceScale, count, seed + 2_000_003);

    /// <summary>Begins the generation of all samples.</summary>
    /// <param name="noise">What <see cref="Noise"/> gave; stays the caller's.</param>
    public DiTTrajectory Begin(Tensor noise) => Sampler.Begin(Labels, noise);

    /// <summary>Begins the generation of all samples, a few at a time; the caller disposes each.</summary>
    /// <param name="noise">What <see cref="Noise"/> gave; stays the caller's.</param>
    /// <param name="size">Samples of a batch; the last may have fewer.</param>
    public IReadOnlyList<DiTTrajectory> Begin(Tensor noise, int size) => [.. Enumerable.Range(0, (samples + size - 1) / size).Select(batch =>
    {
        var count = Math.Min(size, samples - (batch * size));
        using var part = noise.narrow(0, batch * size, count);
        return Sampler.Begin([.. Labels.Skip(batch * size).Take(count)], part);
    })];

    /// <summary>PSNR in dB of each sample's results: of pictures in [−1, 1] where the model draws those, else of latents.</summary>
    /// <param name="full">Results with <c>full</c> everywhere, <c>[n, C, S, S]</c>.</param>
    /// <param name="other">Other results.</param>
    public IReadOnlyList<double> Psnr(Tensor full, Tensor other)
        => checkpoint.Model.Geometry.InChannels == 3 ? DemoPlan.PicturePsnr(full, other) : PeakSignalToNoise.PerSample(full, other, dataRange: 2);

    /// <summary>The plan with everything that a run is checked by.</summary>
    /// <param name="plan">A plan that was searched on these samples.</param>
    public AttentionPlan Describe(AttentionPlan plan)
    {
        var request = Sampler.RunRequest;
        return plan with
        {
            GuidanceScale = request.GuidanceScale,
            Scheduler = request.Scheduler,
            Tokens = request.Tokens,
            Dtype = request.Dtype,
            Resolution = request.Resolution,
            Origin = plan.Origin with { CalibrationSamples = samples, Seed = seed },
        };
    }
}
