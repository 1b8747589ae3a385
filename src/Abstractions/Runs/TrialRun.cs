using DiTFastAttn.Runs;

namespace DiTFastAttn;

/// <summary>
/// One generation whose plan is still being looked for: any row can be tried at the current step before one is taken.
/// Trials read the state that the taken rows left and change nothing.
/// </summary>
public sealed class TrialRun : IDisposable
{
    private readonly RunFrame _frame;
    private readonly IProcessorCatalog _catalog;
    private bool _disposed;

    internal TrialRun(AttachedModel model, IProcessorCatalog catalog, Guidance guidance, AttentionWindow window)
    {
        _catalog = catalog;
        _frame = new RunFrame(model, guidance, window);
        model.Opened();
    }

    /// <summary>Steps taken so far, which is the index of the step that trials try.</summary>
    public int StepsTaken { get; private set; }

    /// <summary>Begins a model call with this row that leaves no state.</summary>
    /// <param name="row">A strategy's id for every site.</param>
    public StepScope Try(IReadOnlyList<string> row)
    {
        _frame.Enter(StepsTaken, PlannedRow.WithoutState(Resolve(row)));
        return new StepScope(_frame);
    }

    /// <summary>Begins the step's real model call: what the row's strategies can leave for later steps is kept.</summary>
    /// <param name="row">A strategy's id for every site.</param>
    public StepScope Take(IReadOnlyList<string> row)
    {
        var processors = Resolve(row);
        _frame.Enter(
            StepsTaken,
            new PlannedRow(processors, Array.ConvertAll(processors, p => p.Traits.Writes), new SiteState[processors.Length]));
        StepsTaken++;
        return new StepScope(_frame);
    }

    /// <summary>Frees the run's residuals and outputs.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _frame.FreeAll();
            _frame.Model.Closed();
        }
    }

    private IAttentionProcessor[] Resolve(IReadOnlyList<string> row)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_frame.IsEntered)
        {
            throw new InvalidOperationException("a model call of this run is still open: dispose it before the next.");
        }

        return PlanBinding.ResolveRow(row, StepsTaken, _frame.Model, _catalog);
    }
}
