namespace DiTFastAttn.Hosting;

/// <summary>A strategy that somebody added.</summary>
/// <param name="Id">The id that plans name.</param>
/// <param name="Name">How messages call it.</param>
/// <param name="Create">Makes the one object of it.</param>
internal sealed record StrategyRegistration(string Id, string Name, Func<IServiceProvider, IAttentionStrategy> Create);
