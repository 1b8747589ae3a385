using System.Diagnostics;
using System.Globalization;
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
    /// <param name="trajectory">
    /// Calibration samples at their first step; it is at its last step afterwards. Where it is an <see cref="IBlockwiseTrajectory"/>, trials do not
    /// compute the blocks before their site again; the result is the same.
    /// </param>
    /// <param name="options">Threshold, loss, candidates.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ends the search between two model calls.</param>
    /// <param name="log">Where every trial is written, and from where a search goes on that was ended; stays the caller's.</param>
    /// <exception cref="PlanMismatchException">A candidate is not known.</exception>
    /// <exception cref="LossNotFiniteException">A loss is NaN.</exception>
    /// <exception cref="SearchLogException">The log is of another search, or cannot be written.</exception>
    public static GreedySearchResult Search(
        AttachedModel model,
        IDenoisingTrajectory trajectory,
        GreedySearchOptions options,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default,
        SearchLog? log = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(options);
        if (!(options.Threshold > 0) || !double.IsFinite(options.Threshold))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Threshold, "threshold δ: a number above 0 is wanted.");
        }

        var candidates = options.Candidates
            .Where(id => trajectory.Guidance != Guidance.None || !model.Processors.GetProcessor(id).Traits.NeedsGuidance)
            .ToArray();
        int[] searched = [.. model.Sites.Where(site => options.Kinds.Contains(site.Kind)).Select(site => site.Index)];
        if (searched.Length == 0)
        {
            throw new ArgumentException(
                $"the model '{model.Fingerprint.Name}' has no site of the kinds that are searched ({string.Join(", ", options.Kinds)}); it has {string.Join(", ", model.Sites.Select(site => site.Kind).Distinct())}.",
                nameof(options));
        }

        using var noGrad = no_grad();
        log?.Begin(Describe(model, trajectory, options, candidates));
        var sites = model.Sites.Count;
        var rows = new List<string[]>();
        var trials = new List<SearchTrial>();
        using var run = model.BeginTrialRun(trajectory.Guidance, options.Window);
        using var evaluation = Evaluate(run, trajectory, options, sites);
        for (var step = 0; step < trajectory.Steps; step++)
        {
            var row = Enumerable.Repeat(Full, sites).ToArray();
            if (step > 0)
            {
                DecideSites(step, row);
            }

            cancellation.ThrowIfCancellationRequested();
            using var output = evaluation.Take(row);
            log?.FinishRow(step, row, output);
            trajectory.Advance(output);
            rows.Add(row);
        }

        progress?.Report(1);
        var plan = new AttentionPlan
        {
            Model = model.Fingerprint,
            Rows = rows,
            Guidance = trajectory.Guidance,
            Window = options.Window ?? model.Window,
            Origin = new PlanOrigin("greedy") { Loss = options.Loss.Name, Threshold = options.Threshold },
        };
        return new GreedySearchResult(plan, trials) { BlockEvaluations = evaluation.BlockEvaluations, Blocks = evaluation.Blocks };

        void DecideSites(int step, string[] row)
        {
            // Not computed where the log knows all of the step.
            Tensor? reference = null;
            try
            {
                for (var site = 0; site < sites; site++)
                {
                    if (Array.IndexOf(searched, site) >= 0)
                    {
                        row[site] = candidates.FirstOrDefault(candidate => run.CanTry(site, candidate) && IsAccepted(step, row, site, candidate, ref reference)) ?? Full;
                    }

                    evaluation.Decide(row, site);
                    progress?.Report((step + ((site + 1.0) / sites)) / trajectory.Steps);
                }
            }
            finally
            {
                reference?.Dispose();
            }
        }

        bool IsAccepted(int step, string[] decided, int site, string candidate, ref Tensor? reference)
        {
            cancellation.ThrowIfCancellationRequested();
            var threshold = (Array.IndexOf(searched, site) + 1.0) / searched.Length * options.Threshold;
            var logged = log?.ReadTrial(step, site, candidate);
            var start = Stopwatch.GetTimestamp();
            var loss = logged ?? Measure(step, decided, site, candidate, ref reference);
            var trial = new SearchTrial(step, site, candidate, loss, threshold, loss < threshold);
            if (logged is null)
            {
                log?.WriteTrial(trial, model.Sites[site].Name, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            trials.Add(trial);
            return trial.Accepted;
        }

        double Measure(int step, string[] decided, int site, string candidate, ref Tensor? reference)
        {
            reference ??= evaluation.Reference();
            var trial = (string[])decided.Clone();
            trial[site] = candidate;
            using var tried = evaluation.Try(trial, site);
            var loss = options.Loss.Between(reference, tried);
            return double.IsNaN(loss)
                ? throw new LossNotFiniteException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"the loss of '{candidate}' at step {step}, site '{model.Sites[site].Name}' is NaN: the model's output {(IsFinite(reference) ? "with it" : "with full everywhere")} is not finite; use a model or dtype that stays finite."))
                : loss;
        }
    }

    private static StepEvaluation Evaluate(TrialRun run, IDenoisingTrajectory trajectory, GreedySearchOptions options, int sites)
    {
        var full = Enumerable.Repeat(Full, sites).ToArray();
        return trajectory switch
        {
            IBlockwiseTrajectory blockwise when options.ReusesBlocks => new BlockwiseCalls(run, blockwise, full),
            IBlockwiseTrajectory blockwise => new WholeCalls(run, trajectory, full, CountBlocks(blockwise)),
            _ => new WholeCalls(run, trajectory, full, blocks: 1),
        };
    }

    private static int CountBlocks(IBlockwiseTrajectory trajectory)
    {
        using var chain = trajectory.BeginPrediction();
        return chain.Blocks;
    }

    /// <summary>Everything that the losses depend on and that is known before the first model call; the model's weights show in its outputs.</summary>
    private static List<(string Name, string Value)> Describe(
        AttachedModel model, IDenoisingTrajectory trajectory, GreedySearchOptions options, string[] candidates)
    {
        using var latents = trajectory.Latents();
        return
        [
            ("model", model.Fingerprint.Name),
            ("sites", string.Join(' ', model.Fingerprint.Sites.Select(site => string.Create(CultureInfo.InvariantCulture, $"{site.Name}:{site.Heads}x{site.HeadWidth}")))),
            ("kinds", string.Join(' ', options.Kinds)),
            ("steps", trajectory.Steps.ToString(CultureInfo.InvariantCulture)),
            ("guidance", trajectory.Guidance.ToString()),
            ("window", (options.Window ?? model.Window).ToString()),
            ("loss", options.Loss.Name),
            ("threshold", options.Threshold.ToString("R", CultureInfo.InvariantCulture)),
            ("candidates", string.Join(' ', candidates)),
            ("latents", $"[{string.Join(", ", latents.shape)}] {SearchLog.Digest(latents)}"),
        ];
    }

    private static bool IsFinite(Tensor tensor)
    {
        using var finite = tensor.isfinite();
        using var all = finite.all();
        return all.item<bool>();
    }
}
