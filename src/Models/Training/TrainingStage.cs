namespace DiTFastAttn.Models.Training;

/// <summary>A stretch of training at one resolution.</summary>
/// <param name="Size">Pixels S a side.</param>
/// <param name="Steps">Optimiser steps.</param>
/// <param name="Batch">Pictures a step.</param>
internal sealed record TrainingStage(int Size, int Steps, int Batch)
{
    /// <summary>Pixels seen in one step.</summary>
    internal long PixelsPerStep => (long)Size * Size * Batch;

    /// <summary>Pixels seen in the whole stage.</summary>
    internal long Pixels => PixelsPerStep * Steps;
}
