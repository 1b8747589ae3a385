using System.Diagnostics.CodeAnalysis;
using DiTFastAttn.Runs;
using TorchSharp;

namespace DiTFastAttn;

/// <summary>One call of a site at one step of one run, as a strategy sees it.</summary>
public readonly struct AttentionCall
{
    private readonly RunFrame _frame;

    internal AttentionCall(RunFrame frame, AttentionSite site, torch.Tensor hidden, BatchPart part = default)
    {
        _frame = frame;
        Site = site;
        Hidden = hidden;
        Part = part;
    }

    /// <summary>The site: its projections, name and heads.</summary>
    public AttentionSite Site { get; }

    /// <summary>Tokens <c>[b, L, d]</c> to compute, borrowed: the whole batch, or the conditional half inside <c>asc</c>.</summary>
    public torch.Tensor Hidden { get; }

    /// <summary>Step of the run, from 0.</summary>
    public int Step => _frame.StepIndex;

    /// <summary>How the whole batch is laid out.</summary>
    public Guidance Guidance => _frame.Guidance;

    /// <summary>The kernel to compute with.</summary>
    public IAttentionKernel Kernel => _frame.Kernel;

    /// <summary>The plan's window, or <see langword="null"/> where the plan has none: no strategy of it needs one.</summary>
    public AttentionWindow? Window => Site.HasWindow ? _frame.Window : null;

    /// <summary>The plan's window, for a strategy that declares to need it.</summary>
    /// <exception cref="InvalidOperationException">The plan has no window: the strategy does not declare Traits.NeedsWindow.</exception>
    public AttentionWindow RequiredWindow => Window
        ?? throw new InvalidOperationException($"site '{Site.Name}' has no window: its strategy uses one without declaring Traits.NeedsWindow.");

    /// <summary>The part of the batch that <see cref="Hidden"/> is.</summary>
    public BatchPart Part { get; }

    private bool ConditionalHalfOnly => !Part.IsWhole;

    /// <summary>Whether a later step reads the residual that this call can write. Where not, computing it is waste.</summary>
    public bool KeepsResidual => Site.HasWindow && _frame.Keeps(Site.Index, SiteState.Residual);

    /// <summary>Projects <see cref="Hidden"/> to query, key and value. The caller owns the result.</summary>
    public AttentionInput Project()
    {
        var input = Site.Project(this);
        _frame.Counts?.AddProjection(Hidden, input);
        return input;
    }

    /// <summary>Projects attended values to tokens.</summary>
    /// <param name="attended">Attended values <c>[b, H, L, D]</c>; any strides.</param>
    /// <returns><c>[b, L, d]</c>, owned by the caller.</returns>
    public torch.Tensor Output(torch.Tensor attended)
    {
        ArgumentNullException.ThrowIfNull(attended);
        _frame.Counts?.AddOutput(attended, Hidden);
        return Site.Output(attended, this);
    }

    /// <summary>
    /// Computes the site in full: a sub-layer as it is declared; attention by projection, kernel and output projection.
    /// </summary>
    /// <returns><c>[b, L, d]</c>, owned by the caller.</returns>
    public torch.Tensor Compute()
    {
        if (Site is SubLayerSite subLayer)
        {
            _frame.Counts?.AddSubLayer(subLayer, Hidden);
            return subLayer.Compute(Hidden);
        }

        using var input = Project();
        using var attended = Kernel.Full(input, Window);
        return Output(attended);
    }

    /// <summary>Window attention plus the stored residual, W + R, in one pass where the kernel can.</summary>
    /// <param name="input">What <see cref="Project"/> gave.</param>
    /// <returns><c>[b, H, L, D]</c>, owned by the caller.</returns>
    public torch.Tensor AttendWindowWithResidual(in AttentionInput input)
    {
        using var residual = _frame.StateOf(Site.Index).BorrowResidual(Guidance, ConditionalHalfOnly, Hidden.size(0), Site.Name);
        return Kernel.Window(input, RequiredWindow, residual);
    }

    /// <summary>The stored residual for the part of the batch that <see cref="Hidden"/> is.</summary>
    /// <returns>R <c>[b, H, L, D]</c>, a fresh handle that the caller owns; possibly an expanded view: do not write to it.</returns>
    public torch.Tensor ReadResidual()
        => _frame.StateOf(Site.Index).ReadResidual(Guidance, ConditionalHalfOnly, Hidden.size(0), Site.Name);

    /// <summary>
    /// Stores the residual for later steps, or drops it where none reads it; takes the tensor over. Inside <c>asc</c> the conditional half's residual then
    /// counts for both halves.
    /// </summary>
    /// <param name="residual">R <c>[b, H, L, D]</c></param>
    public void StoreResidual(torch.Tensor residual)
    {
        ArgumentNullException.ThrowIfNull(residual);
        if (KeepsResidual)
        {
            _frame.StateOf(Site.Index).StoreResidual(residual, ConditionalHalfOnly);
        }
        else
        {
            residual.Dispose();
        }
    }

    /// <summary>The output of the last step that computed one, for the part of the batch that <see cref="Hidden"/> is.</summary>
    /// <returns><c>[b, L, d]</c>, a fresh handle that the caller owns.</returns>
    public torch.Tensor ReadOutput()
        => _frame.StateOf(Site.Index).ReadOutput(Guidance, ConditionalHalfOnly, Hidden.size(0), Site.Name);

    /// <summary>Whether a later step reads a state of the strategy's own that this call can leave. Where not, computing it is waste.</summary>
    /// <param name="state">The state, declared in <see cref="ProcessorTraits.OwnWrites"/>.</param>
    public bool Keeps(OwnState state) => _frame.Keeps(Site.Index, state);

    /// <summary>
    /// Stores a state of the strategy's own for later steps, or drops it where none reads it; takes the tensor over. Inside <c>asc</c> the conditional
    /// half's then counts for both halves.
    /// </summary>
    /// <param name="state">The state, declared in <see cref="ProcessorTraits.OwnWrites"/>.</param>
    /// <param name="value">The tensor, its first dimension the batch: <c>[b, …]</c>.</param>
    public void Store(OwnState state, torch.Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (Keeps(state))
        {
            _frame.StateOf(Site.Index).Own.Store(state, value, ConditionalHalfOnly, Step);
        }
        else
        {
            value.Dispose();
        }
    }

    /// <summary>A state of the strategy's own, for the part of the batch that <see cref="Hidden"/> is.</summary>
    /// <param name="state">The state, declared in <see cref="ProcessorTraits.OwnReads"/>.</param>
    /// <returns><c>[b, …]</c>, a fresh handle that the caller owns, and the step that left it.</returns>
    /// <exception cref="InvalidOperationException">It is not there: the strategy does not declare that it reads it.</exception>
    public (torch.Tensor Value, int Step) Read(OwnState state)
        => TryRead(state, out var value, out var step)
            ? (value, step)
            : throw new InvalidOperationException($"site '{Site.Name}' has no '{state.Name}' to read: its strategy reads it without declaring it in Traits.OwnReads.");

    /// <summary>A state of the strategy's own where it is there, for the part of the batch that <see cref="Hidden"/> is.</summary>
    /// <param name="state">The state.</param>
    /// <param name="value"><c>[b, …]</c>, a fresh handle that the caller owns.</param>
    /// <param name="step">The step that left it.</param>
    public bool TryRead(OwnState state, [NotNullWhen(true)] out torch.Tensor? value, out int step)
    {
        var found = _frame.StateOf(Site.Index).Own.Read(state, Guidance, ConditionalHalfOnly, Hidden.size(0));
        (value, step) = found is { } own ? (own.Value, own.Step) : (null, -1);
        return value is not null;
    }

    /// <summary>This call for the conditional half of the batch only.</summary>
    /// <param name="half">The conditional half of <see cref="Hidden"/>, <c>[B/2, L, d]</c>.</param>
    public AttentionCall ForConditionalHalf(torch.Tensor half)
    {
        ArgumentNullException.ThrowIfNull(half);
        var length = half.size(0);
        return new AttentionCall(_frame, Site, half, new BatchPart(Guidance == Guidance.ConditionalLast ? length : 0, length));
    }

    internal ref readonly TArguments Arguments<TArguments>()
        where TArguments : struct
        => ref _frame.ArgumentsOf<TArguments>(Site.Index).Value;
}
