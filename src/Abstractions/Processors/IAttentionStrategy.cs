namespace DiTFastAttn;

/// <summary>
/// What can be registered under an id that plans name: an <see cref="IAttentionProcessor"/>, which computes, or an
/// <see cref="IAttentionDecorator"/>, which stands around one that does.
/// </summary>
public interface IAttentionStrategy;
