using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// A trajectory along which an error can be followed to the end: what a search needs that scores a change at step k by what becomes of it in
/// the result. Its steps depend on the current latents and output only.
/// </summary>
public interface IDifferentiableTrajectory : IDenoisingTrajectory
{
    /// <summary>Whether <see cref="PullBack"/> can follow this trajectory: not where the scheduler remembers outputs of earlier steps.</summary>
    bool CanPullBack { get; }

    /// <summary>The latents that <see cref="IDenoisingTrajectory.Advance"/> would lead to, without going there.</summary>
    /// <param name="output">A model output at this step; stays the caller's.</param>
    /// <returns>Latents; the caller owns them.</returns>
    torch.Tensor Peek(torch.Tensor output);

    /// <summary>
    /// Takes gradients at the latents behind a step back to the latents before it, through guidance, sampler and model with full attention. Not
    /// to be called inside a step of a run. Holds the activations of one sample at one step.
    /// </summary>
    /// <param name="step">Step k, from 0.</param>
    /// <param name="latents">x_k, the latents before it; stays the caller's.</param>
    /// <param name="gradients">Any number of λ_{k+1}, each of the latents' shape; stay the caller's.</param>
    /// <returns>λ_k for each, in order: the gradient of ⟨λ_{k+1}, x_{k+1}⟩ at x_k. The caller owns them.</returns>
    IReadOnlyList<torch.Tensor> PullBack(int step, torch.Tensor latents, IReadOnlyList<torch.Tensor> gradients);
}
