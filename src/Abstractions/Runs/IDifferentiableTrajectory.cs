using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// A trajectory along which an error can be followed to the end: what a search needs that scores a change at step k by what becomes of it in
/// the result. Its steps depend on its state and the model's output only.
/// </summary>
public interface IDifferentiableTrajectory : IDenoisingTrajectory
{
    /// <summary>
    /// What the steps to come depend on, samples first: the latents and, in further channels, what the scheduler remembers of the steps before. Behind
    /// the last step the latents alone.
    /// </summary>
    /// <returns><c>[n, …]</c>; a fresh handle that the caller owns.</returns>
    torch.Tensor State();

    /// <summary>The state that <see cref="IDenoisingTrajectory.Advance"/> would lead to, without going there.</summary>
    /// <param name="output">A model output at this step; stays the caller's.</param>
    /// <returns>The state; the caller owns it.</returns>
    torch.Tensor Peek(torch.Tensor output);

    /// <summary>
    /// Takes gradients at the state behind a step back to the state before it, through guidance, sampler and model with full attention. Not
    /// to be called inside a step of a run. Holds the activations of one sample at one step.
    /// </summary>
    /// <param name="step">Step k, from 0.</param>
    /// <param name="state">s_k, the state before it; stays the caller's.</param>
    /// <param name="gradients">Any number of λ_{k+1}, each of the shape of s_{k+1}; stay the caller's.</param>
    /// <returns>λ_k for each, in order: the gradient of ⟨λ_{k+1}, s_{k+1}⟩ at s_k. The caller owns them.</returns>
    IReadOnlyList<torch.Tensor> PullBack(int step, torch.Tensor state, IReadOnlyList<torch.Tensor> gradients);
}
