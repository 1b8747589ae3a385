namespace DiTFastAttn;

/// <summary>What a strategy declares about itself. Liveness, plan checks and the search go by it.</summary>
/// <param name="Reads">State of earlier steps that it needs.</param>
/// <param name="Writes">State it can leave for later steps. A strategy that writes replaces what was there.</param>
/// <param name="NeedsGuidance">Whether it applies only where the batch holds two guidance halves.</param>
public sealed record ProcessorTraits(SiteState Reads, SiteState Writes, bool NeedsGuidance = false);
