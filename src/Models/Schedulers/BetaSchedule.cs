namespace DiTFastAttn.Models;

/// <summary>How the noise of the training process grows with the timestep.</summary>
public enum BetaSchedule
{
    /// <summary>β evenly spaced (<c>linear</c>).</summary>
    Linear = 0,

    /// <summary>√β evenly spaced (<c>scaled_linear</c>).</summary>
    ScaledLinear = 1,

    /// <summary>ᾱ a squared cosine (<c>squaredcos_cap_v2</c>; Nichol &amp; Dhariwal 2021).</summary>
    SquaredCosine = 2,
}
