using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Demo;

/// <summary>
/// Searches the demo's plan: what the paper's greedy search finds and periodic plans that anybody could write down are all run
/// on calibration noise; the cheapest that keeps the wanted quality is taken.
/// </summary>
/// <param name="Chosen">The plan.</param>
/// <param name="Measured">All candidates.</param>
internal sealed record DemoPlan(MeasuredPlan Chosen, IReadOnlyList<MeasuredPlan> Measured)
{
    /// <summary>Wanted on the calibration samples, so that other noise stays above the 28 dB at which a difference begins to show.</summary>
    private const double WantedPsnr = 30;

    private const double GreedyThreshold = 0.1;

    /// <summary>The greedy search's share of the time; for the progress only.</summary>
    private const double GreedyShare = 0.35;

    private const int CalibrationSamples = 4;

    /// <summary>Searches.</summary>
    /// <param name="model">The attached model.</param>
    /// <param name="sampler">The sampler that will use the plan.</param>
    /// <param name="labels">The classes that will be drawn.</param>
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
        // As many classes as the demo's three minutes allow, spread over all.
        int[] calibration = [.. labels.Where((_, i) => i % Math.Max(1, labels.Count / CalibrationSamples) == 0).Take(CalibrationSamples)];
        using var noise = Noise(sampler, calibration.Length, seed);
        var request = sampler.RunRequest;
        var (guidance, steps) = (request.Guidance, request.Steps);

        // The greedy search makes a model call for every step, site and candidate: one sample, and the two strategies that a
        // small model without redundant halves can use.
        using var oneNoise = noise.narrow(0, 0, 1);
        using var greedyTrajectory = sampler.Begin([calibration[0]], oneNoise);
        var greedy = GreedyPlanSearch.Search(
            model,
            greedyTrajectory,
            new GreedySearchOptions { Threshold = GreedyThreshold, Candidates = ["ast", "wars"] },
            Part(progress, 0, GreedyShare),
            cancellation).Plan;
        greedy = greedy with { Origin = greedy.Origin with { CalibrationSamples = 1, Note = "the paper's search over ast and wars" } };

        var candidates = new List<AttentionPlan> { greedy };
        candidates.AddRange(PeriodicPlans.Of(model, guidance, steps, ["wars"], [2, 3]));
        candidates.AddRange(PeriodicPlans.Of(model, guidance, steps, ["ast"], [2]));
        if (steps >= 4)
        {
            candidates.Add(PeriodicPlans.InTwoParts(model, guidance, steps, ("ast", 2), ("wars", 2), steps / 2));
            candidates.Add(PeriodicPlans.InTwoParts(model, guidance, steps, ("ast", 2), ("wars", 3), steps / 2));
        }

        var described = candidates.ConvertAll(plan => plan with
        {
            GuidanceScale = request.GuidanceScale,
            Scheduler = request.Scheduler,
            Tokens = request.Tokens,
            Resolution = request.Resolution,
            Dtype = request.Dtype,
            Origin = plan.Origin with { Seed = seed, CalibrationSamples = plan.Origin.CalibrationSamples ?? calibration.Length },
        });

        var measured = MeasuredPlanSearch.Measure(
            model, () => sampler.Begin(calibration, noise), described, tokens, PicturePsnr, Part(progress, GreedyShare, 1), cancellation);
        return new DemoPlan(MeasuredPlanSearch.Choose(measured, WantedPsnr), measured);
    }

    /// <summary>PSNR in dB of each finished picture in [−1, 1].</summary>
    /// <param name="full"><c>[n, 3, H, W]</c></param>
    /// <param name="other"><c>[n, 3, H, W]</c></param>
    public static double[] PicturePsnr(Tensor full, Tensor other)
    {
        using var a = full.clamp(-1, 1);
        using var b = other.clamp(-1, 1);
        return PeakSignalToNoise.PerSample(a, b, dataRange: 2);
    }

    /// <summary>Standard normal noise <c>[n, C, S, S]</c> of a seed; the caller owns it.</summary>
    public static Tensor Noise(DiTSampler sampler, int samples, long seed)
    {
        using var generator = new Generator((ulong)seed);
        return randn(sampler.LatentShape(samples), generator: generator);
    }

    private static ShareProgress Part(IProgress<double> whole, double from, double to) => new(done => whole.Report(from + (done * (to - from))));
}
