namespace DiTFastAttn;

/// <summary>What a strategy declares about itself. Liveness, plan checks and the search go by it.</summary>
/// <param name="Reads">State of earlier steps that it needs.</param>
/// <param name="Writes">State it can leave for later steps. A strategy that writes replaces what was there.</param>
/// <param name="NeedsGuidance">Whether it applies only where the batch holds two guidance halves.</param>
/// <param name="NeedsWindow">Whether it computes window attention, so that the plan has to say the window. What reads a residual needs it too.</param>
public sealed record ProcessorTraits(SiteState Reads, SiteState Writes, bool NeedsGuidance = false, bool NeedsWindow = false)
{
    /// <summary>
    /// State of its own that it needs. It lives from the first step that writes it to the last that reads it. What a strategy also writes it may
    /// find missing: it begins it.
    /// </summary>
    public IReadOnlyList<OwnState> OwnReads { get; init; } = [];

    /// <summary>State of its own that it can leave for later steps, and look at where it is there.</summary>
    public IReadOnlyList<OwnState> OwnWrites { get; init; } = [];

    /// <summary>
    /// Whether it can stand at a sub-layer that is no attention (<see cref="SiteKind.SubLayer"/>): there it calls <see cref="AttentionCall.Compute"/> or reuses what
    /// was kept, and projects nothing.
    /// </summary>
    public bool ServesSubLayers { get; init; }

    /// <summary>Whether a plan that names the strategy has to say the window.</summary>
    internal bool RequiresWindow => NeedsWindow || (Reads & SiteState.Residual) != SiteState.None;
}
