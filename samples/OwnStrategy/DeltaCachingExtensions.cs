using DiTFastAttn;
using DiTFastAttn.Hosting;

namespace OwnStrategy;

/// <summary>Registration.</summary>
public static class DeltaCachingExtensions
{
    /// <summary>Adds <c>delta</c> and what it needs to see.</summary>
    /// <param name="builder">What <c>AddDiTFastAttn</c> returned.</param>
    public static DiTFastAttnBuilder AddDeltaCaching(this DiTFastAttnBuilder builder)
        => builder
            .AddOwnStrategyProcessors() // generated from the attribute
            .Use(inner => inner.Traits.Writes.HasFlag(SiteState.Output) ? new DeltaObserver(inner) : inner);
}
