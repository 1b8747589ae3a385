using TorchSharp;

namespace DiTFastAttn.Models;

/// <summary>
/// Steps one generation from noise to sample. An object belongs to one generation (multistep solvers remember outputs) and
/// draws no random numbers: noise is the caller's.
/// </summary>
public interface IScheduler : IDisposable
{
    /// <summary>A short name for plans and reports, for example <c>ddim</c>.</summary>
    string Name { get; }

    /// <summary>What the model is given at each step, in order.</summary>
    IReadOnlyList<float> Timesteps { get; }

    /// <summary>Standard deviation of the first sample: standard normal noise has to be multiplied by it.</summary>
    double InitialNoise => 1;

    /// <summary>
    /// What the steps to come depend on beside the sample, each <c>[B, C, …]</c>: empty where a step depends on its output and sample only. Stays the
    /// scheduler's, until its next step.
    /// </summary>
    IReadOnlyList<torch.Tensor> Memory => [];

    /// <summary>Whether <see cref="Step"/> reads the variance channels C to 2C of the model's output.</summary>
    bool TakesVariance { get; }

    /// <summary>Whether <see cref="Step"/> needs noise at this step.</summary>
    /// <param name="step">Index into <see cref="Timesteps"/>.</param>
    bool AddsNoise(int step);

    /// <summary>What the model is given of a sample.</summary>
    /// <param name="sample">The current sample <c>[B, C, …]</c>; stays the caller's.</param>
    /// <param name="step">Index into <see cref="Timesteps"/>.</param>
    /// <returns><c>[B, C, …]</c>, which may share the sample's memory; the caller owns it.</returns>
    torch.Tensor ModelInput(torch.Tensor sample, int step) => sample.alias();

    /// <summary>Goes on by one step; steps are taken in order.</summary>
    /// <param name="output">The model's prediction <c>[B, C, …]</c>, or <c>[B, 2C, …]</c> where <see cref="TakesVariance"/>; stays the caller's.</param>
    /// <param name="step">Index into <see cref="Timesteps"/>.</param>
    /// <param name="sample">The current sample <c>[B, C, …]</c>; stays the caller's.</param>
    /// <param name="noise">Standard normal <c>[B, C, …]</c> where <see cref="AddsNoise"/>; stays the caller's.</param>
    /// <returns>The next sample <c>[B, C, …]</c>; the caller owns it.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or noise is missing.</exception>
    torch.Tensor Step(torch.Tensor output, int step, torch.Tensor sample, torch.Tensor? noise = null);

    /// <summary>Makes a step the next one.</summary>
    /// <param name="step">Index into <see cref="Timesteps"/>.</param>
    /// <param name="memory">What <see cref="Memory"/> was before that step, of any samples; gradients go through it. Stays the caller's.</param>
    void Restore(int step, IReadOnlyList<torch.Tensor> memory)
    {
    }
}
