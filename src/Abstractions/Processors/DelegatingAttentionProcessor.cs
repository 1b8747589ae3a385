using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// A strategy around another one that changes nothing until something is overridden: the base for timing, checks and the
/// like, which concern every strategy. Stateless and shared between runs and threads, as every strategy.
/// </summary>
/// <remarks>
/// Traits and cost are the inner strategy's. Whoever reads or writes more state than it overrides <see cref="Traits"/>;
/// liveness, plan checks and the search go by them.
/// </remarks>
public abstract class DelegatingAttentionProcessor : IAttentionProcessor
{
    /// <summary>Stands around a strategy.</summary>
    /// <param name="inner">The strategy that computes.</param>
    protected DelegatingAttentionProcessor(IAttentionProcessor inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
    }

    /// <inheritdoc/>
    public virtual ProcessorTraits Traits => Inner.Traits;

    /// <summary>The strategy that computes.</summary>
    protected IAttentionProcessor Inner { get; }

    /// <inheritdoc/>
    public virtual torch.Tensor Attend(in AttentionCall call) => Inner.Attend(call);

    /// <inheritdoc/>
    public virtual AttentionCost Cost(in SiteShape shape) => Inner.Cost(shape);
}
