using TorchSharp;

namespace DiTFastAttn.Models;

/// <summary>
/// Frames of the latents that are given rather than generated (OpenSora v1.1, mask-conditioned generation). A frame's mask says how much of the
/// denoising it takes part in: 1 all of it, as any other frame; 0.3 the last 30 % of the steps; 0 none, but for a little noise at the last.
/// </summary>
/// <param name="Mask"><c>[n, T]</c>, 0 to 1; stays the caller's.</param>
/// <param name="Noise">Noise <c>[n, C, T, H, W]</c> for a step, asked for once before each; the result is disposed after use.</param>
public sealed record FrameConditioning(torch.Tensor Mask, Func<int, torch.Tensor> Noise)
{
    /// <summary>The step, counted down to 0, at which a frame begins to be denoised: mask · steps in float32, truncated.</summary>
    /// <param name="mask">0 to 1.</param>
    /// <param name="steps">Denoising steps T.</param>
    public static int Threshold(double mask, int steps) => (int)((float)mask * steps);
}
