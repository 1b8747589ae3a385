using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// The paper's Algorithm 1: step by step along the trajectory that is already compressed, site by site in forward order,
/// the first candidate is taken whose change of the model output stays below (i/N)·δ.
/// </summary>
public static class GreedyPlanSearch
{
    private const string Full = "full";

    /// <summary>Searches a plan.</summary>
    /// <param name="model">The attached model that the trajectory calls.</param>
    /// <param name="trajectory">Calibration samples at their first step; it is at its last step afterwards.</param>
    /// <param name="options">Threshold, loss, candidates.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ends the search between two model calls.</param>
    /// <exception cref="PlanMismatchException">A candidate is not known.</exception>
    public static GreedySearchResult Search(
        AttachedModel model,
        IDenoisingTrajectory trajectory,
        GreedySearchOptions options,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(options);
        if (!(options.Threshold >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Threshold, "threshold: at least 0 is wanted.");
        }

        var candidates = options.Candidates
            .Where(id => trajectory.Guidance != Guidance.None || !model.Processors.GetProcessor(id).Traits.NeedsGuidance)
            .ToArray();
        var sites = model.Sites.Count;
        var rows = new List<string[]>();
        var trials = new List<SearchTrial>();
        using var run = model.BeginTrialRun(trajectory.Guidance, options.Window);
        using var noGrad = no_grad();
        for (var step = 0; step < trajectory.Steps; step++)
        {
            var row = Enumerable.Repeat(Full, sites).ToArray();
            if (step > 0)
            {
                using var reference = Predict(run.Try(row), trajectory);
                for (var site = 0; site < sites; site++)
                {
                    row[site] = Choose(site, row, reference);
                    progress?.Report((step + ((site + 1.0) / sites)) / trajectory.Steps);
                }
            }

            cancellation.ThrowIfCancellationRequested();
            using var output = Predict(run.Take(row), trajectory);
            trajectory.Advance(output);
            rows.Add(row);

            string Choose(int site, string[] soFar, Tensor reference)
            {
                var threshold = (site + 1.0) / sites * options.Threshold;
                var trial = (string[])soFar.Clone();
                foreach (var candidate in candidates)
                {
                    cancellation.ThrowIfCancellationRequested();
                    trial[site] = candidate;
                    using var tried = Predict(run.Try(trial), trajectory);
                    var loss = options.Loss.Between(reference, tried);
                    trials.Add(new SearchTrial(rows.Count, site, candidate, loss, threshold, loss < threshold));
                    if (loss < threshold)
                    {
                        return candidate;
                    }
                }

                return Full;
            }
        }

        progress?.Report(1);
        return new GreedySearchResult(
            new AttentionPlan
            {
                Model = model.Fingerprint,
                Rows = rows,
                Guidance = trajectory.Guidance,
                Window = options.Window ?? model.Window,
                Origin = new PlanOrigin("greedy") { Loss = options.Loss.Name, Threshold = options.Threshold },
            },
            trials);
    }

    private static Tensor Predict(StepScope step, IDenoisingTrajectory trajectory)
    {
        using (step)
        {
            return trajectory.Predict();
        }
    }
}
