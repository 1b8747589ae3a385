using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Demo;

/// <summary>
/// Searches the demo's plan: the paper's greedy search and the periodic plans that anybody could write down are all run on
/// calibration noise; the cheapest that keeps the wanted quality is taken.
/// </summary>
/// <param name="Chosen">The plan.</param>
/// <param name="Measured">All candidates.</param>
internal sealed record DemoPlan(MeasuredPlan Chosen, IReadOnlyList<MeasuredPlan> Measured)
{
    /// <summary>Wanted on the calibration samples, so that other noise stays above the 28 dB at which a difference begins to show.</summary>
    private const double WantedPsnr = 30;

    private const double GreedyThreshold = 0.1;

    /// <summary>Searches.</summary>
    /// <param name="model">The attached model.</param>
    /// <param name="sampler">The sampler that will use the plan.</param>
    /// <param name="labels">The classes to calibrate on: every class that will be drawn.</param>
    /// <param name="tokens">L</param>
    /// <param name="seed">Seed of the calibration noise; not that of the pictures.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    public static DemoPlan Search(
        AttachedModel model,
        DiTSampler sampler,
        IReadOnlyList<int> labels,
        long tokens,
        long seed,
        IProgress<double> progress,
        CancellationToken cancellation)
    {
        using var noise = Noise(sampler, labels.Count, seed);
        var request = sampler.RunRequest;

        // The greedy search costs up to 4N + 2 model calls a step whatever it finds: two samples, as many seconds as the rest.
        var few = labels.Count > 1 ? new[] { labels[0], labels[^1] } : [labels[0]];
        using var fewNoise = noise.narrow(0, 0, few.Length);
        using var greedyTrajectory = sampler.Begin(few, fewNoise);
        var greedy = GreedyPlanSearch.Search(
            model, greedyTrajectory, new GreedySearchOptions { Threshold = GreedyThreshold }, Part(progress, 0, 0.4), cancellation).Plan;
        greedy = greedy with { Origin = greedy.Origin with { CalibrationSamples = few.Length, Note = "the paper's greedy search" } };

        var candidates = new List<AttentionPlan> { greedy };
        candidates.AddRange(PeriodicPlans.Of(model, request.Guidance, request.Steps, ["wars"], [2, 3, 4]));
        candidates.AddRange(PeriodicPlans.Of(model, request.Guidance, request.Steps, ["ast"], [2]));
        var described = candidates.ConvertAll(plan => plan with
        {
            Scheduler = request.Scheduler,
            Tokens = request.Tokens,
            Dtype = request.Dtype,
            Origin = plan.Origin with { Seed = seed, CalibrationSamples = plan.Origin.CalibrationSamples ?? labels.Count },
        });

        var measured = MeasuredPlanSearch.Measure(
            model, () => sampler.Begin(labels, noise), described, tokens, PicturePsnr, Part(progress, 0.4, 1), cancellation);
        return new DemoPlan(MeasuredPlanSearch.Choose(measured, WantedPsnr), measured);
    }

    /// <summary>PSNR in dB of finished pictures in [−1, 1], mean over them.</summary>
    /// <param name="full"><c>[n, 3, H, W]</c></param>
    /// <param name="other"><c>[n, 3, H, W]</c></param>
    public static double PicturePsnr(Tensor full, Tensor other)
    {
        using var a = full.clamp(-1, 1);
        using var b = other.clamp(-1, 1);
        return PeakSignalToNoise.PerSample(a, b, dataRange: 2).Average();
    }

    /// <summary>Standard normal noise <c>[n, C, S, S]</c> of a seed; the caller owns it.</summary>
    public static Tensor Noise(DiTSampler sampler, int samples, long seed)
    {
        using var generator = new Generator((ulong)seed);
        return randn(sampler.LatentShape(samples), generator: generator);
    }

    private static Progress Part(IProgress<double> whole, double from, double to) => new(done => whole.Report(from + (done * (to - from))));

    /// <summary>Reports on the caller's thread, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Progress(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
