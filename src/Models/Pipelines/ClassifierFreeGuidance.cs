using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>Classifier-free guidance (Ho &amp; Salimans 2022, arXiv 2207.12598).</summary>
public static class ClassifierFreeGuidance
{
    /// <summary>u + scale·(c − u).</summary>
    /// <param name="conditional">Prediction c with the class, any shape.</param>
    /// <param name="unconditional">Prediction u without it, the same shape.</param>
    /// <param name="scale">Guidance scale; 1 gives c.</param>
    /// <returns>The same shape; the caller owns it.</returns>
    public static Tensor Combine(Tensor conditional, Tensor unconditional, double scale)
    {
        ArgumentNullException.ThrowIfNull(conditional);
        ArgumentNullException.ThrowIfNull(unconditional);
        using var difference = conditional - unconditional;
        using var scaled = difference.mul_(scale);
        return unconditional + scaled;
    }
}
