using System.Diagnostics;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Demo;

/// <summary>
/// The same pictures from the same noise, with <c>full</c> everywhere and with a plan, on the same kernels, batch by batch in
/// turn, so that a machine whose speed drifts slows both alike.
/// </summary>
internal sealed class DemoComparison : IDisposable
{
    private DemoComparison(Tensor full, Tensor compressed, double fullSeconds, double compressedSeconds, long peakStateBytes)
    {
        Full = full;
        Compressed = compressed;
        FullSeconds = fullSeconds;
        CompressedSeconds = compressedSeconds;
        PeakStateBytes = peakStateBytes;
        Psnr = PeakSignalToNoise.PerSample(full, compressed, dataRange: 2);
        Ssim = StructuralSimilarity.Mean(full, compressed, dataRange: 2);
    }

    /// <summary>Pictures of <c>full</c>, <c>[n, 3, H, W]</c> in [−1, 1], batch after batch.</summary>
    public Tensor Full { get; }

    /// <summary>Pictures of the plan.</summary>
    public Tensor Compressed { get; }

    public double FullSeconds { get; }

    public double CompressedSeconds { get; }

    public long PeakStateBytes { get; }

    /// <summary>dB for each picture.</summary>
    public double[] Psnr { get; }

    /// <summary>Mean over the pictures.</summary>
    public double Ssim { get; }

    /// <summary>Generates both.</summary>
    /// <param name="model">The attached model.</param>
    /// <param name="sampler">The sampler.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="labels">The classes of one batch.</param>
    /// <param name="batches">How many batches, each from noise of its own.</param>
    /// <param name="seed">Seed of the first batch's noise.</param>
    /// <param name="progress">Told the number of finished steps, of 2·batches·steps.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    public static DemoComparison Run(
        AttachedModel model,
        DiTSampler sampler,
        AttentionPlan plan,
        IReadOnlyList<int> labels,
        int batches,
        long seed,
        Action<long> progress,
        CancellationToken cancellation)
    {
        var full = AttentionPlan.AllFull(model, plan.Guidance, plan.Steps);
        var (fullPictures, compressedPictures) = (new List<Tensor>(), new List<Tensor>());
        double fullSeconds = 0, compressedSeconds = 0;
        long peak = 0, done = 0;
        using var scope = NewDisposeScope();
        for (var batch = 0; batch < batches; batch++)
        {
            using var noise = DemoPlan.Noise(sampler, labels.Count, seed + batch);
            if (batch == 0)
            {
                WarmUp(noise);
            }

            // Which goes first changes from batch to batch.
            for (var turn = 0; turn < 2; turn++)
            {
                if ((turn + batch) % 2 == 0)
                {
                    var (pictures, seconds, _) = Generate(full, noise);
                    fullPictures.Add(pictures);
                    fullSeconds += seconds;
                }
                else
                {
                    var (pictures, seconds, bytes) = Generate(plan, noise);
                    compressedPictures.Add(pictures);
                    compressedSeconds += seconds;
                    peak = Math.Max(peak, bytes);
                }
            }
        }

        return new DemoComparison(
            cat(fullPictures, 0).DetachFromDisposeScope(),
            cat(compressedPictures, 0).DetachFromDisposeScope(),
            fullSeconds,
            compressedSeconds,
            peak);

        void WarmUp(Tensor noise)
        {
            using var trajectory = sampler.Begin(labels, noise);
            using var run = model.BeginRun(plan, sampler.RunRequest);
            for (var step = 0; step < Math.Min(3, trajectory.Steps); step++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var open = run.Step();
                using var output = trajectory.Predict();
                trajectory.Advance(output);
            }
        }

        (Tensor Pictures, double Seconds, long Bytes) Generate(AttentionPlan plan, Tensor noise)
        {
            var watch = Stopwatch.StartNew();
            using var run = model.BeginRun(plan, sampler.RunRequest);
            using var latents = sampler.Sample(labels, noise, run: run, progress: new StepCounter(() => progress(++done)), cancellation: cancellation);
            return (latents.clamp(-1, 1), watch.Elapsed.TotalSeconds, run.PeakStateBytes);
        }
    }

    /// <summary>Seconds a step takes with the model as it is, unattached or outside a run; the first step warms up.</summary>
    public static double SecondsAStep(DiTSampler sampler, IReadOnlyList<int> labels, CancellationToken cancellation)
    {
        using var noise = DemoPlan.Noise(sampler, labels.Count, seed: 0);
        using var trajectory = sampler.Begin(labels, noise);
        trajectory.Predict().Dispose();
        cancellation.ThrowIfCancellationRequested();
        var watch = Stopwatch.StartNew();
        trajectory.Predict().Dispose();
        return watch.Elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        Full.Dispose();
        Compressed.Dispose();
    }

    private sealed class StepCounter(Action step) : IProgress<int>
    {
        public void Report(int value) => step();
    }
}
