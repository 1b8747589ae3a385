using DiTFastAttn.Runs;
using TorchSharp;

namespace DiTFastAttn;

/// <summary>One call of a site at one step of one run, as a strategy sees it.</summary>
public readonly struct AttentionCall
{
    private readonly RunFrame _frame;
    private readonly bool _conditionalHalfOnly;

    internal AttentionCall(RunFrame frame, AttentionSite site, torch.Tensor hidden, bool conditionalHalfOnly = false)
    {
        _frame = frame;
        Site = site;
        Hidden = hidden;
        _conditionalHalfOnly = conditionalHalfOnly;
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
    public IAttentionKernel Kernel => _frame.Model.Kernel;

    /// <summary>The plan's window in tokens for these tokens.</summary>
    /// <returns>w, or <see langword="null"/> where the plan has no window: no strategy of it needs one.</returns>
    public int? Window => _frame.Window?.Resolve(Hidden.size(1));

    /// <summary>The plan's window in tokens, for a strategy that declares to need it.</summary>
    /// <exception cref="InvalidOperationException">The plan has no window: the strategy does not declare Traits.NeedsWindow.</exception>
    public int RequiredWindow => Window
        ?? throw new InvalidOperationException($"site '{Site.Name}' has no window: its strategy uses one without declaring Traits.NeedsWindow.");

    /// <summary>Whether a later step reads the residual that this call can write. Where not, computing it is waste.</summary>
    public bool KeepsResidual => _frame.Keeps(Site.Index, SiteState.Residual);

    /// <summary>Projects <see cref="Hidden"/> to query, key and value. The caller owns the result.</summary>
    public AttentionInput Project() => Site.Project(Hidden);

    /// <summary>The stored residual for the part of the batch that <see cref="Hidden"/> is.</summary>
    /// <returns>R <c>[b, H, L, D]</c>, a fresh handle that the caller owns; possibly an expanded view: do not write to it.</returns>
    public torch.Tensor ReadResidual()
        => _frame.StateOf(Site.Index).ReadResidual(Guidance, _conditionalHalfOnly, Hidden.size(0), Site.Name);

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
            _frame.StateOf(Site.Index).StoreResidual(residual, _conditionalHalfOnly);
        }
        else
        {
            residual.Dispose();
        }
    }

    /// <summary>The output of the last step that computed one, for the part of the batch that <see cref="Hidden"/> is.</summary>
    /// <returns><c>[b, L, d]</c>, a fresh handle that the caller owns.</returns>
    public torch.Tensor ReadOutput()
        => _frame.StateOf(Site.Index).ReadOutput(Guidance, _conditionalHalfOnly, Hidden.size(0), Site.Name);

    /// <summary>This call for the conditional half of the batch only.</summary>
    /// <param name="half">The conditional half of <see cref="Hidden"/>, <c>[B/2, L, d]</c>.</param>
    public AttentionCall ForConditionalHalf(torch.Tensor half) => new(_frame, Site, half, conditionalHalfOnly: true);
}
