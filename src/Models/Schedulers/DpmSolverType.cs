namespace DiTFastAttn.Models;

/// <summary>How DPM-Solver makes second-order steps.</summary>
public enum DpmSolverType
{
    /// <summary>By the midpoint rule (<c>midpoint</c>).</summary>
    Midpoint = 0,

    /// <summary>By Heun's rule (<c>heun</c>).</summary>
    Heun = 1,
}
