namespace DiTFastAttn.Models.Training;

/// <summary>How well a model guesses clean pictures from noisy ones.</summary>
/// <param name="Timestep">Training timestep t, which says how noisy they were.</param>
/// <param name="Error">Mean squared error of x₀; pixels lie in [-1, 1].</param>
internal sealed record TimestepError(int Timestep, double Error);
