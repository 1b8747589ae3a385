namespace DiTFastAttn.Hosting.Composition;

/// <summary>How long a strategy took at a site.</summary>
/// <param name="Site">The site's name.</param>
/// <param name="Strategy">The strategy's id, composites as the plan names them.</param>
/// <param name="Calls">How many times it computed.</param>
/// <param name="Seconds">What that took together.</param>
/// <param name="SlowestSeconds">The longest call.</param>
public sealed record AttentionTiming(string Site, string Strategy, long Calls, double Seconds, double SlowestSeconds);
