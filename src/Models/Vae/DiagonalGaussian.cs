using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>A Gaussian with independent elements: what an encoder knows of its latents. It owns its tensors.</summary>
public sealed class DiagonalGaussian : IDisposable
{
    private const double LeastLogVariance = -30;
    private const double MostLogVariance = 20;

    /// <summary>A distribution from an encoder's output.</summary>
    /// <param name="moments">Mean and log variance <c>[B, 2·C, h, w]</c>; given up by the caller.</param>
    internal DiagonalGaussian(Tensor moments)
    {
        using var scope = NewDisposeScope();
        Moments = moments.DetachFromDisposeScope();
        var channels = moments.shape[1] / 2;
        Mean = moments.narrow(1, 0, channels).DetachFromDisposeScope();
        LogVariance = moments.narrow(1, channels, channels).clamp(LeastLogVariance, MostLogVariance).DetachFromDisposeScope();
        StandardDeviation = (LogVariance * 0.5).exp().DetachFromDisposeScope();
    }

    /// <summary>Mean and unclamped log variance, <c>[B, 2·C, h, w]</c>.</summary>
    public Tensor Moments { get; }

    /// <summary>Mean, which is the mode too, <c>[B, C, h, w]</c>.</summary>
    public Tensor Mean { get; }

    /// <summary>ln σ², clamped to [−30, 20], <c>[B, C, h, w]</c>.</summary>
    public Tensor LogVariance { get; }

    /// <summary>σ <c>[B, C, h, w]</c>.</summary>
    public Tensor StandardDeviation { get; }

    /// <summary>A draw: mean + σ·noise.</summary>
    /// <param name="noise">Standard normal <c>[B, C, h, w]</c>; stays the caller's.</param>
    /// <returns><c>[B, C, h, w]</c>; the caller owns it.</returns>
    public Tensor Sample(Tensor noise) => addcmul(Mean, StandardDeviation, noise, 1);

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        StandardDeviation.Dispose();
        LogVariance.Dispose();
        Mean.Dispose();
        Moments.Dispose();
    }
}
