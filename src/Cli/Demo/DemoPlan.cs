using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Demo;

/// <summary>
/// Searches the demo's plan: row plans (<see cref="RowPlanSearch"/>) and periodic plans that anybody could write down, of those that leave at most
/// <see cref="MostAttention"/>, are run on calibration noise, and the best is taken: it is never worse there than any of them.
/// </summary>
/// <param name="Chosen">The plan.</param>
/// <param name="Measured">All candidates.</param>
internal sealed record DemoPlan(MeasuredPlan Chosen, IReadOnlyList<MeasuredPlan> Measured)
{
    /// <summary>Attention FLOPs that the plan may leave.</summary>
    private const double MostAttention = 0.6;

    /// <summary>The row scores' share of the time; for the progress only.</summary>
    private const double ScoringShare = 0.6;

    private const int CalibrationSamples = 4;

    // A row's score is a mean of squares over samples and probes. More of either would serve the plan and take longer than the demo may: what the
    // scores get wrong, the candidates' runs show.
    private const int ScoredSamples = 2;

    private static readonly RowSearchOptions Rows = new() { Strategies = ["ast", "wars"], Probes = 2, LongestReuse = 2 };

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

        var candidates = new List<AttentionPlan>();
        using (var scoredNoise = noise.narrow(0, 0, Math.Min(ScoredSamples, calibration.Length)))
        using (var trajectory = sampler.Begin([.. calibration.Take(ScoredSamples)], scoredNoise))
        {
            var scores = RowPlanSearch.Score(model, trajectory, tokens, Rows, Part(progress, 0, ScoringShare), cancellation);
            candidates.AddRange(new[] { scores.FindPlan(MostAttention) }.OfType<AttentionPlan>());
        }

        candidates.AddRange(PeriodicPlans.Of(model, guidance, steps, ["wars"], [4]));
        if (steps >= 4)
        {
            candidates.Add(PeriodicPlans.InTwoParts(model, guidance, steps, ("ast", 2), ("wars", 2), steps / 2));
            candidates.Add(PeriodicPlans.InTwoParts(model, guidance, steps, ("ast", 2), ("wars", 3), steps / 2));
        }

        // Of a run of one or two steps nothing can be that cheap.
        var affordable = candidates.FindAll(plan => PlanCost.OfAttention(plan, model.Processors, batch: 2, tokens).Fraction <= MostAttention);
        candidates = affordable.Count > 0 ? affordable : candidates;
        var described = candidates.ConvertAll(plan => plan with
        {
            GuidanceScale = request.GuidanceScale,
            Scheduler = request.Scheduler,
            Tokens = request.Tokens,
            Resolution = request.Resolution,
            Dtype = request.Dtype,
            Origin = plan.Origin with { Seed = seed, CalibrationSamples = calibration.Length },
        });

        var measured = MeasuredPlanSearch.Measure(
            model, () => sampler.Begin(calibration, noise), described, tokens, PicturePsnr, Part(progress, ScoringShare, 1), cancellation);
        return new DemoPlan(measured.MaxBy(plan => plan.Psnr)!, measured);
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
