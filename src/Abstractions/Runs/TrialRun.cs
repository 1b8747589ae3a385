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

    private TrialRun(TrialRun origin)
    {
        _catalog = origin._catalog;
        _frame = origin._frame.Fork();
        StepsTaken = origin.StepsTaken;
        _frame.Model.Opened();
    }

    /// <summary>Steps taken so far, which is the index of the step that trials try.</summary>
    public int StepsTaken { get; private set; }

    /// <summary>Begins a model call with this row that leaves no state.</summary>
    /// <param name="row">A strategy's id for every site.</param>
    /// <exception cref="PlanMismatchException">The row does not fit the model or the guidance.</exception>
    public StepScope Try(IReadOnlyList<string> row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return _frame.Enter(StepsTaken, PlannedRow.WithoutState(Resolve(row)));
    }

    /// <summary>Begins the step's real model call: what the row's strategies can leave for later steps is kept.</summary>
    /// <param name="row">A strategy's id for every site.</param>
    /// <exception cref="PlanMismatchException">The row does not fit the model or the guidance.</exception>
    public StepScope Take(IReadOnlyList<string> row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var processors = Resolve(row);
        return _frame.Enter(StepsTaken++, PlannedRow.WithAllState(processors));
    }

    /// <summary>A run of its own that goes on from the steps taken so far: the state that they left is shared, what is taken from here on is not.</summary>
    /// <exception cref="InvalidOperationException">A model call is open.</exception>
    public TrialRun Fork()
    {
        RequireIdle();
        return new TrialRun(this);
    }

    /// <summary>
    /// Whether a site has everything that a strategy needs: what it reads of strategies' own state is not written by every row, cross-attention
    /// has no window, and a sub-layer no attention.
    /// </summary>
    /// <param name="site">The site's index.</param>
    /// <param name="strategy">The strategy's id.</param>
    /// <exception cref="PlanMismatchException">The strategy is not known.</exception>
    public bool CanTry(int site, string strategy)
    {
        var traits = _catalog.GetProcessor(strategy).Traits;
        return _frame.StateOf(site).Serves(traits) && _frame.Model.Sites[site].IsServedBy(traits);
    }

    /// <summary>Sites called in the model call that is open, or that was the last.</summary>
    public int SitesCalled => _frame.SitesCalled;

    /// <summary>
    /// Begins a part of the step's real model call: some of its blocks, whose state is kept. The parts follow one another, with trials of later
    /// blocks between them, until <see cref="EndStep"/>.
    /// </summary>
    /// <param name="row">A strategy's id for every site; those of the part's sites count.</param>
    /// <exception cref="PlanMismatchException">The row does not fit the model or the guidance.</exception>
    public StepScope TakePart(IReadOnlyList<string> row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return _frame.Enter(StepsTaken, PlannedRow.WithAllState(Resolve(row)));
    }

    /// <summary>
    /// Takes over what a fork of this run left at some sites, as if those had been computed here: a part of the step that was tried in the fork is not
    /// computed again where the trial is accepted.
    /// </summary>
    /// <param name="fork">A run that <see cref="Fork"/> gave; stays the caller's.</param>
    /// <param name="first">Index of the first site.</param>
    /// <param name="end">Index behind the last.</param>
    public void Adopt(TrialRun fork, int first, int end)
    {
        ArgumentNullException.ThrowIfNull(fork);
        RequireIdle();
        for (var site = first; site < end; site++)
        {
            _frame.StateOf(site).CopyFrom(fork._frame.StateOf(site));
        }
    }

    /// <summary>Ends a step whose real model call was taken in parts.</summary>
    public void EndStep() => StepsTaken++;

    /// <summary>Ends the open model call, if there is one, and frees the run's residuals and outputs.</summary>
    /// <exception cref="InvalidOperationException">A model call is open on another thread.</exception>
    public void Dispose()
    {
        if (!_disposed)
        {
            _frame.Close();
            _disposed = true;
            _frame.Model.Closed();
        }
    }

    private IAttentionProcessor[] Resolve(IReadOnlyList<string> row)
    {
        RequireIdle();
        return PlanBinding.ResolveRow(row, StepsTaken, _frame.Model, _catalog, _frame.Guidance, _frame.Window);
    }

    private void RequireIdle()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_frame.IsEntered)
        {
            throw new InvalidOperationException("a model call of this run is still open: dispose it before the next.");
        }
    }
}
