using System.Globalization;

namespace DiTFastAttn.Hosting.Plans;

/// <summary>Maps a plan to another number of steps or another scheduler by noise level. What comes out was never measured.</summary>
public static class PlanRetargeting
{
    /// <summary>
    /// Gives each step of the other run the row of the step whose noise level is nearest. Where a refresh of a site's state is passed over on the
    /// way, the site is <c>full</c> at the first step after it: nothing older is read than the plan's maker let be read.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="from">Noise level of each of its steps, falling: for example the training timestep.</param>
    /// <param name="to">Noise level of each step of the other run, in the same unit.</param>
    /// <param name="scheduler">The other run's scheduler, or <see langword="null"/> for any.</param>
    /// <exception cref="ArgumentException">There is not one level for each step, or there is none.</exception>
    public static AttentionPlan ByNoiseLevel(AttentionPlan plan, IReadOnlyList<float> from, IReadOnlyList<float> to, string? scheduler)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        if (from.Count != plan.Steps || to.Count == 0)
        {
            throw new ArgumentException($"the plan has {plan.Steps} steps and {from.Count} noise levels, the other run {to.Count}.", nameof(from));
        }

        var rows = new List<IReadOnlyList<string>>();
        var last = 0;
        foreach (var level in to)
        {
            var nearest = Enumerable.Range(0, from.Count).MinBy(step => Math.Abs(from[step] - level));
            rows.Add(rows.Count == 0
                ? [.. Enumerable.Repeat("full", plan.Model.Sites.Count)]
                : [.. plan.Rows[nearest].Select((id, site) => PassesOverFull(site, last, nearest) ? "full" : id)]);
            last = nearest;
        }

        return plan with
        {
            Rows = rows,
            Scheduler = scheduler,
            Origin = plan.Origin with
            {
                Method = "retargeted",
                Note = string.Create(
                    CultureInfo.InvariantCulture,
                    $"unmeasured: mapped by noise level from a plan made by {plan.Origin.Method} for {plan.Steps} steps of {plan.Scheduler ?? "any scheduler"}"),
            },
        };

        bool PassesOverFull(int site, int previous, int step)
            => Enumerable.Range(previous + 1, Math.Max(0, step - previous - 1)).Any(passed => plan.Rows[passed][site] == "full");
    }
}
