namespace DiTFastAttn.Models;

/// <summary>Which sampling loop of IDDPM runs.</summary>
public enum IddpmLoop
{
    /// <summary>Ancestral sampling (<c>p_sample</c>).</summary>
    Ancestral = 0,

    /// <summary>DDIM (<c>ddim_sample</c>).</summary>
    Ddim = 1,
}
