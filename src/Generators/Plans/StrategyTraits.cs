using System;

namespace DiTFastAttn.Generators.Plans;

/// <summary>What a strategy declares about itself, as far as plans are checked by it.</summary>
/// <param name="Reads">State of earlier steps that it needs.</param>
/// <param name="Writes">State it leaves for later steps.</param>
/// <param name="NeedsGuidance">Whether the batch has to hold two guidance halves.</param>
/// <param name="NeedsWindow">Whether it computes window attention.</param>
internal sealed record StrategyTraits(StrategyTraits.State Reads, StrategyTraits.State Writes, bool NeedsGuidance = false, bool NeedsWindow = false)
{
    /// <summary>The names are those of <c>SiteState</c>: messages say them.</summary>
    [Flags]
    public enum State
    {
        None = 0,
        Residual = 1,
        Output = 2,
    }

    /// <summary>Whether a plan that names the strategy has to say the window.</summary>
    public bool RequiresWindow => NeedsWindow || (Reads & State.Residual) != State.None;
}
