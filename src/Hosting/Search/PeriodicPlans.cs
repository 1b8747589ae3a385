namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// Plans that anybody could write down: <c>full</c> every n-th step, one strategy for all sites between. Every search is
/// compared with them.
/// </summary>
public static class PeriodicPlans
{
    /// <summary>A plan for every strategy and period.</summary>
    /// <param name="model">The attached model.</param>
    /// <param name="guidance">How the batch is laid out; strategies that need guidance are left out where there is none.</param>
    /// <param name="steps">Denoising steps T.</param>
    /// <param name="strategies">Ids between the full steps.</param>
    /// <param name="periods">Periods n of at least 2.</param>
    /// <param name="kinds">Kinds of sites that are compressed, or <see langword="null"/> for <see cref="SiteKinds.Paper"/>.</param>
    /// <exception cref="PlanMismatchException">A strategy is not known.</exception>
    public static IReadOnlyList<AttentionPlan> Of(
        AttachedModel model,
        Guidance guidance,
        int steps,
        IEnumerable<string> strategies,
        IReadOnlyList<int> periods,
        IReadOnlyCollection<SiteKind>? kinds = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(strategies);
        ArgumentNullException.ThrowIfNull(periods);
        var plans = new List<AttentionPlan>();
        foreach (var id in strategies)
        {
            if (model.Processors.GetProcessor(id).Traits.NeedsGuidance && guidance == Guidance.None)
            {
                continue;
            }

            foreach (var period in periods)
            {
                plans.Add(Every(model, guidance, steps, id, period, kinds));
            }
        }

        return plans;
    }

    /// <summary>A plan that is <c>full</c> every n-th step.</summary>
    /// <param name="model">The attached model.</param>
    /// <param name="guidance">How the batch is laid out.</param>
    /// <param name="steps">Denoising steps T.</param>
    /// <param name="strategy">The id between the full steps.</param>
    /// <param name="period">n, at least 2.</param>
    /// <param name="kinds">Kinds of sites that are compressed, or <see langword="null"/> for <see cref="SiteKinds.Paper"/>.</param>
    /// <exception cref="PlanMismatchException">The strategy is not known.</exception>
    public static AttentionPlan Every(
        AttachedModel model, Guidance guidance, int steps, string strategy, int period, IReadOnlyCollection<SiteKind>? kinds = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(period, 2);
        var rows = Enumerable.Range(0, steps).Select(step => step % period == 0 ? "full" : strategy);
        return AttentionPlan.OfSteps(model, guidance, rows, kinds: kinds) with
        {
            Origin = new PlanOrigin("periodic") { Note = $"{strategy}, full every {period} steps" },
        };
    }

    /// <summary>
    /// A plan with one strategy between full steps in the early part of the trajectory and another in the late part: what an
    /// early step may reuse, a late one may not, and the other way round.
    /// </summary>
    /// <param name="model">The attached model.</param>
    /// <param name="guidance">How the batch is laid out.</param>
    /// <param name="steps">Denoising steps T.</param>
    /// <param name="early">Strategy and period of the steps before <paramref name="lateFrom"/>.</param>
    /// <param name="late">Strategy and period of the others; their first step is full.</param>
    /// <param name="lateFrom">First step of the late part.</param>
    /// <exception cref="PlanMismatchException">A strategy is not known.</exception>
    public static AttentionPlan InTwoParts(
        AttachedModel model, Guidance guidance, int steps, (string Id, int Period) early, (string Id, int Period) late, int lateFrom)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(early.Period, 2, nameof(early));
        ArgumentOutOfRangeException.ThrowIfLessThan(late.Period, 2, nameof(late));
        var rows = Enumerable.Range(0, steps).Select(step =>
        {
            var ((id, period), first) = step < lateFrom ? (early, 0) : (late, lateFrom);
            return (step - first) % period == 0 ? "full" : id;
        });
        return AttentionPlan.OfSteps(model, guidance, rows) with
        {
            Origin = new PlanOrigin("periodic")
            {
                Note = $"{early.Id}, full every {early.Period} steps; from step {lateFrom} {late.Id}, full every {late.Period} steps",
            },
        };
    }
}
