using DiTFastAttn.Runs;

namespace DiTFastAttn;

/// <summary>
/// One generation with a plan: the only owner of the step index, the residuals and the cached outputs. Used by one thread
/// at a time; any number of runs of one model may be open. Disposing it frees everything.
/// </summary>
public sealed class AttentionRun : IDisposable
{
    private readonly RunFrame _frame;
    private readonly PlannedRow[] _rows;
    private int _nextStep;
    private bool _disposed;

    internal AttentionRun(AttachedModel model, AttentionPlan plan, PlannedRow[] rows, RunRequest request)
    {
        Plan = plan;
        _rows = rows;
        _frame = new RunFrame(model, request.Guidance, plan.Window, request.CountsCosts);
        model.Opened();
    }

    /// <summary>The plan in force.</summary>
    public AttentionPlan Plan { get; }

    /// <summary>Steps begun so far.</summary>
    public int StepsBegun => _nextStep;

    /// <summary>Bytes of residuals and outputs held now.</summary>
    public long StateBytes => _frame.Memory.Bytes;

    /// <summary>The most bytes of residuals and outputs held at a time so far.</summary>
    public long PeakStateBytes => _frame.Memory.PeakBytes;

    /// <summary>
    /// Multiply-accumulates that each site has computed so far, counted from the shapes that its projections and kernels were given. A plan that is priced for
    /// the run's shapes costs the same to the last one. Nothing where <see cref="RunRequest.CountsCosts"/> is not set.
    /// </summary>
    public IReadOnlyList<AttentionCost> CountedCosts => _frame.Counts?.Sites ?? [];

    /// <summary>Begins the next step. Call the model inside: <c>using (run.Step()) prediction = model.forward(…);</c></summary>
    /// <exception cref="InvalidOperationException">The plan has no further step, or a step is open.</exception>
    public StepScope Step()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_frame.IsEntered)
        {
            throw new InvalidOperationException($"step {_nextStep - 1} is still open: dispose it before the next.");
        }

        if (_nextStep >= _rows.Length)
        {
            throw new InvalidOperationException($"the plan has {_rows.Length} steps and this run began them all: begin a new run, or a plan with more steps.");
        }

        var step = _nextStep++;
        return _frame.Enter(step, _rows[step]);
    }

    /// <summary>Ends the open step, if there is one, and frees the run's residuals and outputs.</summary>
    /// <exception cref="InvalidOperationException">A step is open on another thread.</exception>
    public void Dispose()
    {
        if (!_disposed)
        {
            _frame.Close();
            _disposed = true;
            _frame.Model.Closed();
        }
    }
}
