using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;

namespace DiTFastAttn.Cli.Search;

/// <summary>
/// Searches a plan within a budget: the row plan and the periodic plans that fit are run on the calibration samples, with any others that are given, and
/// the best is taken. So it is never worse there than one of them.
/// </summary>
internal static class BudgetSearch
{
    /// <summary>Searches.</summary>
    /// <param name="attached">The attached model.</param>
    /// <param name="calibration">The samples.</param>
    /// <param name="fraction">Attention multiply-accumulates that may be left, as a part of <c>full</c> everywhere.</param>
    /// <param name="strategies">Strategies beside <c>full</c>.</param>
    /// <param name="others">Further candidates; those that do not fit the budget are left out.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <returns>The measured candidates, the best first, and what the scoring cost in model calls.</returns>
    /// <exception cref="UserErrorException">No plan is so cheap.</exception>
    public static (IReadOnlyList<MeasuredPlan> Plans, double ForwardEquivalents) Search(
        AttachedModel attached,
        Calibration calibration,
        double fraction,
        IReadOnlyList<string> strategies,
        IReadOnlyList<AttentionPlan> others,
        IProgress<double> progress,
        CancellationToken cancellation)
    {
        const double ScoringShare = 0.8;
        var request = calibration.Sampler.RunRequest;
        var tokens = request.Tokens!.Value;
        using var noise = calibration.Noise();
        RowScores scores;
        using (var trajectory = calibration.Begin(noise))
        {
            scores = RowPlanSearch.Score(
                attached, trajectory, tokens, new RowSearchOptions { Strategies = strategies }, new Part(progress, 0, ScoringShare), cancellation);
        }

        int[] periods = [.. Enumerable.Range(2, Math.Max(1, Math.Min(8, request.Steps) - 1))];
        var candidates = PeriodicPlans.Of(attached, request.Guidance, request.Steps, strategies, periods).Concat(others)
            .Where(plan => PlanCost.Of(plan, attached.Processors, batch: 2, tokens).Fraction <= fraction)
            .GroupBy(plan => plan.Origin.Method == "periodic" ? plan.Rows[1][0] : plan.Origin.Method)
            .Select(group => group.First())
            .ToList();
        if (scores.FindPlan(fraction) is { } plan)
        {
            candidates.Add(plan);
        }

        if (candidates.Count == 0)
        {
            throw new UserErrorException(FormattableString.Invariant($"--target-flops {100 * fraction}%: no plan of these strategies is so cheap; give more, or other --candidates."));
        }

        var measured = MeasuredPlanSearch.Measure(
            attached, () => calibration.Begin(noise), candidates, tokens, calibration.Psnr, new Part(progress, ScoringShare, 1), cancellation);
        return ([.. measured.OrderByDescending(m => m.Psnr)], scores.ForwardEquivalents);
    }

    private sealed class Part(IProgress<double> whole, double from, double to) : IProgress<double>
    {
        public void Report(double value) => whole.Report(from + (value * (to - from)));
    }
}
