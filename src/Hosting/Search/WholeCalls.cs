using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>Every trial is a whole model call, as in the authors' code.</summary>
/// <param name="run">The search's run.</param>
/// <param name="trajectory">The trajectory.</param>
/// <param name="full">A row with <c>full</c> everywhere.</param>
/// <param name="blocks">Blocks of the model, for the count; 1 where they are not known.</param>
internal sealed class WholeCalls(TrialRun run, IDenoisingTrajectory trajectory, string[] full, int blocks) : StepEvaluation
{
    /// <inheritdoc/>
    public override int Blocks => blocks;

    /// <inheritdoc/>
    public override Tensor Reference() => Predict(run.Try(full));

    /// <inheritdoc/>
    public override Tensor Try(IReadOnlyList<string> row, int firstChange) => Predict(run.Try(row));

    /// <inheritdoc/>
    public override void Decide(IReadOnlyList<string> row, int site)
    {
    }

    /// <inheritdoc/>
    public override Tensor Take(IReadOnlyList<string> row) => Predict(run.Take(row));

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    private Tensor Predict(StepScope step)
    {
        using (step)
        {
            BlockEvaluations += blocks;
            return trajectory.Predict();
        }
    }
}
