namespace DiTFastAttn;

/// <summary>
/// A strategy around another one, the second part of an id <c>a+b</c>: <c>wars+asc</c> is <c>asc</c> around <c>wars</c>.
/// Alone it stands around <c>full</c>.
/// </summary>
public interface IAttentionDecorator : IAttentionStrategy
{
    /// <summary>Puts this strategy around another one.</summary>
    /// <param name="inner">The strategy that computes.</param>
    IAttentionProcessor Around(IAttentionProcessor inner);
}
