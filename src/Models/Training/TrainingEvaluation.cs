namespace DiTFastAttn.Models.Training;

/// <summary>A measurement of the averaged weights in the course of a training.</summary>
/// <param name="Step">Steps done before it.</param>
/// <param name="Size">Pixels a side of the pictures it was measured on.</param>
/// <param name="Pictures">Number of pictures.</param>
/// <param name="Errors">The errors by timestep.</param>
internal sealed record TrainingEvaluation(int Step, int Size, int Pictures, IReadOnlyList<TimestepError> Errors);
