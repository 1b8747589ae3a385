namespace DiTFastAttn.Models;

/// <summary>Which differential equation DPM-Solver solves.</summary>
public enum DpmAlgorithm
{
    /// <summary>DPM-Solver++: in terms of x₀ (<c>dpmsolver++</c>).</summary>
    DataPrediction = 0,

    /// <summary>DPM-Solver: in terms of ε (<c>dpmsolver</c>).</summary>
    NoisePrediction = 1,

    /// <summary>DPM-Solver++ with noise added in every step (<c>sde-dpmsolver++</c>).</summary>
    StochasticDataPrediction = 2,

    /// <summary>DPM-Solver with noise added in every step (<c>sde-dpmsolver</c>).</summary>
    StochasticNoisePrediction = 3,
}
