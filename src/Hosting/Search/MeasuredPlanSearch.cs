using DiTFastAttn.Hosting.Plans;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// Chooses among whole plans by running each of them on the calibration samples: the error at the end of the trajectory is
/// what counts, and no estimate of it is needed where candidates are few.
/// </summary>
public static class MeasuredPlanSearch
{
    /// <summary>Runs every candidate from the same noise and compares its results with those of <c>full</c> everywhere.</summary>
    /// <param name="model">The attached model that the trajectories call.</param>
    /// <param name="trajectory">Makes a trajectory at its first step; the same noise every time.</param>
    /// <param name="candidates">The plans.</param>
    /// <param name="tokens">L, for the costs.</param>
    /// <param name="psnr">PSNR in dB of each sample between the all-full results and a candidate's, both <c>[B, C, H, W]</c>, borrowed.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ends the search between two model calls.</param>
    /// <param name="log">Where every candidate's PSNR is written, and from where those are taken that it knows; stays the caller's.</param>
    /// <returns>The candidates in their order.</returns>
    public static IReadOnlyList<MeasuredPlan> Measure(
        AttachedModel model,
        Func<IDenoisingTrajectory> trajectory,
        IReadOnlyList<AttentionPlan> candidates,
        long tokens,
        Func<Tensor, Tensor, IReadOnlyList<double>> psnr,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default,
        SearchLog? log = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(psnr);
        if (candidates.Count == 0)
        {
            return [];
        }

        var runs = candidates.Count + 1;
        var done = 0;
        Tensor? reference = null;
        try
        {
            return [.. candidates.Select(plan =>
            {
                var samples = Judge(plan);
                return new MeasuredPlan(plan, PlanCost.Of(plan, model.Processors, batch: 2, tokens), samples.Average(), samples.Min()) { SamplePsnr = samples };
            })];
        }
        finally
        {
            reference?.Dispose();
        }

        IReadOnlyList<double> Judge(AttentionPlan plan)
        {
            var of = log is null ? "" : SearchLog.KeyOf(plan.Rows);
            if (log?.ReadNumbers("psnr", of) is { } logged)
            {
                return logged;
            }

            reference ??= Run(AttentionPlan.AllFull(model, candidates[0].Guidance, candidates[0].Steps));
            using var result = Run(plan);
            var samples = psnr(reference, result);
            log?.WriteNumbers("psnr", of, samples);
            return samples;
        }

        Tensor Run(AttentionPlan plan)
        {
            using var noGrad = no_grad();
            using var generation = trajectory();
            using var run = model.BeginRun(plan, new RunRequest(generation.Steps, generation.Guidance));
            for (var step = 0; step < generation.Steps; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var output = Predict(run, generation);
                generation.Advance(output);
                progress?.Report((done + ((step + 1.0) / generation.Steps)) / runs);
            }

            done++;
            return generation.Latents();
        }
    }

    /// <summary>The cheapest of the plans that keep the wanted quality; the best one where none does.</summary>
    /// <param name="plans">Measured plans, at least one.</param>
    /// <param name="psnr">The wanted PSNR in dB.</param>
    public static MeasuredPlan Choose(IReadOnlyList<MeasuredPlan> plans, double psnr)
    {
        ArgumentNullException.ThrowIfNull(plans);
        return plans.Where(p => p.Psnr >= psnr).MinBy(p => p.Cost.Total) ?? plans.MaxBy(p => p.Psnr)
            ?? throw new ArgumentException("plans: at least one is wanted.", nameof(plans));
    }

    private static Tensor Predict(AttentionRun run, IDenoisingTrajectory generation)
    {
        using (run.Step())
        {
            return generation.Predict();
        }
    }
}
