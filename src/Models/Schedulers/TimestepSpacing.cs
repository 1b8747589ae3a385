namespace DiTFastAttn.Models;

/// <summary>Which of the training timesteps a shorter run visits.</summary>
public enum TimestepSpacing
{
    /// <summary>Evenly, with both ends (<c>linspace</c>).</summary>
    Linspace = 0,

    /// <summary>Multiples of a whole stride from 0 (<c>leading</c>).</summary>
    Leading = 1,

    /// <summary>Evenly down from the last timestep (<c>trailing</c>).</summary>
    Trailing = 2,
}
