using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>The greedy search's model calls on all batches of calibration samples, each with a run of its own.</summary>
internal sealed class BatchEvaluation : IDisposable
{
    private readonly PlanLoss _loss;
    private readonly bool _endsEarly;
    private readonly List<Batch> _batches = [];

    public BatchEvaluation(AttachedModel model, IReadOnlyList<IDenoisingTrajectory> batches, GreedySearchOptions options)
    {
        (_loss, _endsEarly) = (options.Loss, options.ReusesBlocks);
        var full = Enumerable.Repeat("full", model.Sites.Count).ToArray();
        try
        {
            foreach (var trajectory in batches)
            {
                using var latents = trajectory.Latents();
                var run = model.BeginTrialRun(trajectory.Guidance, options.Window);
                _batches.Add(new Batch(trajectory, run, Evaluate(run, trajectory, options, full), latents.shape[0]));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Blocks computed so far, over all batches; where the model's blocks are not known, the whole model is one.</summary>
    public long BlockEvaluations => _batches.Sum(batch => batch.Evaluation.BlockEvaluations);

    /// <summary>Blocks of one model call on all batches.</summary>
    public int Blocks => _batches.Sum(batch => batch.Evaluation.Blocks);

    /// <summary>Whether a site has everything that a strategy needs.</summary>
    public bool CanTry(int site, string strategy) => _batches[0].Run.CanTry(site, strategy);

    /// <summary>The loss of a trial, or of as many batches as take it to the threshold: a lower bound then.</summary>
    /// <param name="row">Strategy ids.</param>
    /// <param name="site">The site that is tried.</param>
    /// <param name="threshold">What the loss has to stay below.</param>
    /// <param name="cancellation">Ends it between two model calls.</param>
    /// <param name="isReferenceFinite">Whether the last batch's output with <c>full</c> everywhere is; told where the loss is NaN.</param>
    public double Try(IReadOnlyList<string> row, int site, double threshold, CancellationToken cancellation, out bool isReferenceFinite)
    {
        var (samples, loss) = (_batches.Sum(batch => batch.Samples), 0.0);
        isReferenceFinite = true;
        foreach (var batch in _batches)
        {
            cancellation.ThrowIfCancellationRequested();
            batch.Reference ??= batch.Evaluation.Reference();
            using var tried = batch.Evaluation.Try(row, site);
            var ofBatch = _loss.Between(batch.Reference, tried);

            // One batch's loss as it is, times one.
            loss += ofBatch * ((double)batch.Samples / samples);
            if (double.IsNaN(loss))
            {
                isReferenceFinite = IsFinite(batch.Reference);
                break;
            }

            if (loss >= threshold && _endsEarly)
            {
                break;
            }
        }

        return loss;
    }

    /// <summary>Tells that a site is decided.</summary>
    /// <param name="row">Strategy ids, right up to the site, <c>full</c> behind it.</param>
    /// <param name="site">The site.</param>
    public void Decide(IReadOnlyList<string> row, int site) => _batches.ForEach(batch => batch.Evaluation.Decide(row, site));

    /// <summary>Makes the step's real calls and takes every batch on to its next step.</summary>
    /// <param name="row">Strategy ids, all decided.</param>
    /// <param name="isLogged">Whether the outputs' digests are asked for.</param>
    /// <returns>The digests of the batches' outputs, with spaces between.</returns>
    public string Take(IReadOnlyList<string> row, bool isLogged)
    {
        var digests = new List<string>();
        foreach (var batch in _batches)
        {
            batch.Reference?.Dispose();
            batch.Reference = null;
            using var output = batch.Evaluation.Take(row);
            if (isLogged)
            {
                digests.Add(SearchLog.Digest(output));
            }

            batch.Trajectory.Advance(output);
        }

        return string.Join(' ', digests);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var batch in _batches)
        {
            batch.Reference?.Dispose();
            batch.Evaluation.Dispose();
            batch.Run.Dispose();
        }
    }

    private static StepEvaluation Evaluate(TrialRun run, IDenoisingTrajectory trajectory, GreedySearchOptions options, string[] full) => trajectory switch
    {
        IBlockwiseTrajectory blockwise when options.ReusesBlocks => new BlockwiseCalls(run, blockwise, full),
        IBlockwiseTrajectory blockwise => new WholeCalls(run, trajectory, full, CountBlocks(blockwise)),
        _ => new WholeCalls(run, trajectory, full, blocks: 1),
    };

    private static int CountBlocks(IBlockwiseTrajectory trajectory)
    {
        using var chain = trajectory.BeginPrediction();
        return chain.Blocks;
    }

    private static bool IsFinite(Tensor tensor)
    {
        using var finite = tensor.isfinite();
        using var all = finite.all();
        return all.item<bool>();
    }

    private sealed class Batch(IDenoisingTrajectory trajectory, TrialRun run, StepEvaluation evaluation, long samples)
    {
        public IDenoisingTrajectory Trajectory => trajectory;

        public TrialRun Run => run;

        public StepEvaluation Evaluation => evaluation;

        public long Samples => samples;

        /// <summary>The step's output with <c>full</c> everywhere; not computed where no trial comes so far, or where the log knows them all.</summary>
        public Tensor? Reference { get; set; }
    }
}
