using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// Keeps every sample of a validation set, which no search was calibrated on, above a limit: the riskiest cells, found by running the plan without
/// each of them for real, become <c>full</c> until the worst sample holds it.
/// </summary>
public static class PlanGuard
{
    /// <summary>Guards a plan.</summary>
    /// <param name="model">The attached model that the trajectories call.</param>
    /// <param name="trajectory">Makes a trajectory of the validation samples at its first step; the same noise every time.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="prices">What strategies cost: of cells that help alike the cheaper one is replaced.</param>
    /// <param name="worstPsnr">dB that every sample has to keep; <see langword="null"/> to measure the plan only.</param>
    /// <param name="psnr">PSNR in dB of each sample between the all-full results and others, both <c>[n, …]</c>, borrowed.</param>
    /// <param name="progress">Told the share of the gap that is closed, 0 to 1.</param>
    /// <param name="cancellation">Ends it between two model calls.</param>
    /// <param name="log">Where the result of every run is written, and from where those are taken that it knows; stays the caller's.</param>
    /// <returns>The plan, with <c>full</c> everywhere at worst.</returns>
    /// <exception cref="PlanMismatchException">The plan does not fit the model.</exception>
    /// <exception cref="SearchLogException">The log is of another plan or other samples, or cannot be written.</exception>
    public static GuardedPlan Guard(
        AttachedModel model,
        Func<IDenoisingTrajectory> trajectory,
        AttentionPlan plan,
        PlanPrices prices,
        double? worstPsnr,
        Func<Tensor, Tensor, IReadOnlyList<double>> psnr,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default,
        SearchLog? log = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(prices);
        ArgumentNullException.ThrowIfNull(psnr);
        if (worstPsnr is { } limit && !(limit > 0 && double.IsFinite(limit)))
        {
            throw new ArgumentOutOfRangeException(nameof(worstPsnr), worstPsnr, "a PSNR above 0 dB is wanted.");
        }

        model.Check(plan, new RunRequest(plan.Steps, plan.Guidance));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        log?.Begin(Describe(trajectory, plan, worstPsnr), "validation");
        var runs = new PlanRuns(model, trajectory, plan.Window, cancellation, log);
        var full = AttentionPlan.AllFull(model, plan.Guidance, plan.Steps).Rows;
        using var reference = runs.RunToEnd(full);
        var before = Judge(runs.RunToEnd(plan.Rows));
        var (rows, after, replaced) = (plan.Rows.ToArray(), before, 0);
        while (after.Min() < worstPsnr)
        {
            PlanMove[] moves = [.. Enumerable.Range(1, plan.Steps - 1).Where(step => !rows[step].SequenceEqual(full[step])).Select(
                step => new PlanMove(step, 0, full[step], [prices.Of(full[step]) - prices.Of(rows[step])]))];
            if (moves.Length == 0)
            {
                break;
            }

            // An eighth of what is left at a time: a long plan takes no more rounds than a short one.
            var gains = runs.RunMoves(rows, moves, static _ => { }).ConvertAll(end => Judge(end).Min() - after.Min());
            foreach (var move in moves.Zip(gains).OrderByDescending(pair => pair.Second / Math.Max(1, pair.First.Prices[0])).Take(Math.Max(1, moves.Length / 8)))
            {
                rows[move.First.Step] = move.First.Row;
                replaced++;
            }

            after = Judge(runs.RunToEnd(rows));
            progress?.Report(Math.Clamp((after.Min() - before.Min()) / (worstPsnr.Value - before.Min()), 0, 1));
        }

        progress?.Report(1);
        var guarded = replaced == 0 ? plan : plan with
        {
            Rows = rows,
            Origin = plan.Origin with { Note = $"{plan.Origin.Note}; {replaced} steps full for the worst validation sample".TrimStart(';', ' ') },
        };
        return new GuardedPlan(guarded, before, after, replaced, runs.Count);

        IReadOnlyList<double> Judge(Tensor end)
        {
            using (end)
            {
                return psnr(reference, end);
            }
        }
    }

    /// <summary>What the runs depend on beside the model, which shows in the results that a search logs before.</summary>
    private static List<(string Name, string Value)> Describe(Func<IDenoisingTrajectory> begin, AttentionPlan plan, double? worstPsnr)
    {
        using var trajectory = begin();
        using var latents = trajectory.Latents();
        return
        [
            ("plan", SearchLog.KeyOf(plan.Rows)),
            ("limit", FormattableString.Invariant($"{worstPsnr:R}")),
            ("latents", $"[{string.Join(", ", latents.shape)}] {SearchLog.Digest(latents)}"),
        ];
    }
}
