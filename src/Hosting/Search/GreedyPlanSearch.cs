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
    /// <param name="progress">Told the share that is done, 0 to 1; an <see cref="IPlanProgress"/> sees the plan grow too.</param>
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
        ArgumentNullException.ThrowIfNull(trajectory);
        return Search(model, [trajectory], options, progress, cancellation, log);
    }

    /// <summary>
    /// Searches a plan on calibration samples in batches: the loss is the mean of the batches', weighted by their samples. A trial ends with the batch at
    /// which its loss has reached the threshold: the others can only add to it, so the plan is the one that all losses to the end would give.
    /// </summary>
    /// <param name="model">The attached model that the trajectories call.</param>
    /// <param name="batches">At least one batch of samples at its first step, all with the same steps and guidance; each is at its last step afterwards.</param>
    /// <param name="options">Threshold, loss, candidates.</param>
    /// <param name="progress">Told the share that is done, 0 to 1; an <see cref="IPlanProgress"/> sees the plan grow too.</param>
    /// <param name="cancellation">Ends the search between two model calls.</param>
    /// <param name="log">Where every trial is written, and from where a search goes on that was ended; stays the caller's.</param>
    /// <exception cref="ArgumentException">There is no batch, or their steps or guidance differ.</exception>
    /// <exception cref="PlanMismatchException">A candidate is not known.</exception>
    /// <exception cref="LossNotFiniteException">A loss is NaN.</exception>
    /// <exception cref="SearchLogException">The log is of another search, or cannot be written.</exception>
    public static GreedySearchResult Search(
        AttachedModel model,
        IReadOnlyList<IDenoisingTrajectory> batches,
        GreedySearchOptions options,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default,
        SearchLog? log = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batches);
        ArgumentNullException.ThrowIfNull(options);
        if (!(options.Threshold > 0) || !double.IsFinite(options.Threshold))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Threshold, "threshold δ: a number above 0 is wanted.");
        }

        if (batches.Count == 0 || batches.Any(batch => batch.Steps != batches[0].Steps || batch.Guidance != batches[0].Guidance))
        {
            throw new ArgumentException("at least one batch is wanted, all of the same steps and guidance.", nameof(batches));
        }

        var (steps, guidance) = (batches[0].Steps, batches[0].Guidance);
        var candidates = options.Candidates
            .Where(id => guidance != Guidance.None || !model.Processors.GetProcessor(id).Traits.NeedsGuidance)
            .ToArray();
        int[] searched = [.. model.Sites.Where(site => options.Kinds.Contains(site.Kind)).Select(site => site.Index)];
        if (searched.Length == 0)
        {
            throw new ArgumentException(
                $"the model '{model.Fingerprint.Name}' has no site of the kinds that are searched ({string.Join(", ", options.Kinds)}); it has {string.Join(", ", model.Sites.Select(site => site.Kind).Distinct())}.",
                nameof(options));
        }

        using var noGrad = no_grad();
        log?.Begin(Describe(model, batches, options, candidates));
        var sites = model.Sites.Count;
        var rows = new List<string[]>();
        var trials = new List<SearchTrial>();
        using var evaluation = new BatchEvaluation(model, batches, options);
        for (var step = 0; step < steps; step++)
        {
            var row = Enumerable.Repeat(Full, sites).ToArray();
            if (step > 0)
            {
                DecideSites(step, row);
            }

            cancellation.ThrowIfCancellationRequested();
            var digest = evaluation.Take(row, isLogged: log is not null);
            log?.FinishRow(step, row, digest);
            rows.Add(row);
        }

        progress?.Report(1);
        return new GreedySearchResult(Plan(rows), trials) { BlockEvaluations = evaluation.BlockEvaluations, Blocks = evaluation.Blocks };

        AttentionPlan Plan(IReadOnlyList<IReadOnlyList<string>> of) => new()
        {
            Model = model.Fingerprint,
            Rows = of,
            Guidance = guidance,
            Window = options.Window ?? model.Window,
            Origin = new PlanOrigin("greedy") { Loss = options.Loss.Name, Threshold = options.Threshold },
        };

        void DecideSites(int step, string[] row)
        {
            for (var site = 0; site < sites; site++)
            {
                if (Array.IndexOf(searched, site) >= 0)
                {
                    row[site] = candidates.FirstOrDefault(candidate => evaluation.CanTry(site, candidate) && IsAccepted(step, row, site, candidate)) ?? Full;
                }

                evaluation.Decide(row, site);
                (progress as IPlanProgress)?.Show(Plan([.. rows, [.. row]]));
                progress?.Report((step + ((site + 1.0) / sites)) / steps);
            }
        }

        bool IsAccepted(int step, string[] decided, int site, string candidate)
        {
            cancellation.ThrowIfCancellationRequested();
            var threshold = (Array.IndexOf(searched, site) + 1.0) / searched.Length * options.Threshold;
            var logged = log?.ReadTrial(step, site, candidate);
            var start = Stopwatch.GetTimestamp();
            var loss = logged ?? Measure(step, decided, site, candidate, threshold);
            var trial = new SearchTrial(step, site, candidate, loss, threshold, loss < threshold);
            if (logged is null)
            {
                log?.WriteTrial(trial, model.Sites[site].Name, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            trials.Add(trial);
            return trial.Accepted;
        }

        double Measure(int step, string[] decided, int site, string candidate, double threshold)
        {
            var trial = (string[])decided.Clone();
            trial[site] = candidate;
            var loss = evaluation.Try(trial, site, threshold, cancellation, out var isReferenceFinite);
            return double.IsNaN(loss)
                ? throw new LossNotFiniteException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"the loss of '{candidate}' at step {step}, site '{model.Sites[site].Name}' is NaN: the model's output {(isReferenceFinite ? "with it" : "with full everywhere")} is not finite; use a model or dtype that stays finite."))
                : loss;
        }
    }

    /// <summary>Everything that the losses depend on and that is known before the first model call; the model's weights show in its outputs.</summary>
    private static List<(string Name, string Value)> Describe(
        AttachedModel model, IReadOnlyList<IDenoisingTrajectory> batches, GreedySearchOptions options, string[] candidates)
    {
        return
        [
            ("model", model.Fingerprint.Name),
            ("sites", string.Join(' ', model.Fingerprint.Sites.Select(site => string.Create(CultureInfo.InvariantCulture, $"{site.Name}:{site.Heads}x{site.HeadWidth}")))),
            ("kinds", string.Join(' ', options.Kinds)),
            ("steps", batches[0].Steps.ToString(CultureInfo.InvariantCulture)),
            ("guidance", batches[0].Guidance.ToString()),
            ("window", (options.Window ?? model.Window).ToString()),
            ("state", model.StateStorage.Dtype?.ToString().ToLowerInvariant() ?? "as computed"),
            ("loss", options.Loss.Name),
            ("threshold", options.Threshold.ToString("R", CultureInfo.InvariantCulture)),
            ("candidates", string.Join(' ', candidates)),
            ("latents", string.Join(' ', batches.Select(Text))),
        ];

        static string Text(IDenoisingTrajectory batch)
        {
            using var latents = batch.Latents();
            return $"[{string.Join(", ", latents.shape)}] {SearchLog.Digest(latents)}";
        }
    }
}
