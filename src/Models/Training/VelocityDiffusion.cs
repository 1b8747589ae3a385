using DiTFastAttn.Models.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Training;

/// <summary>
/// The diffusion process that the demo model learns to reverse, x_t = α·x₀ + σ·ε with α² = ᾱ_t and σ² = 1 − ᾱ_t, β linear from
/// 1e-4 to 0.02 over 1000 timesteps, and its target, the velocity v = α·ε − σ·x₀ (Salimans and Ho 2022, arXiv 2202.00512).
/// A small network cannot hold x₀ as the difference of the nearly equal x_t and ε; v asks for x₀ where the noise is strong and
/// for ε where it is weak.
/// </summary>
internal sealed class VelocityDiffusion : IDisposable
{
    private readonly Tensor _alpha;
    private readonly Tensor _sigma;

    /// <summary>The process in the vocabulary of schedulers, for whoever draws with what was trained.</summary>
    public static DdimConfig Process { get; } = new() { PredictionType = PredictionType.VPrediction };

    /// <summary>Computes the process's coefficients.</summary>
    public VelocityDiffusion()
    {
        var cumulative = NoiseSchedule.AlphasCumprod(Process);
        _alpha = tensor(Array.ConvertAll(cumulative, MathF.Sqrt)).DetachFromDisposeScope();
        _sigma = tensor(Array.ConvertAll(cumulative, a => MathF.Sqrt(1 - a))).DetachFromDisposeScope();
    }

    /// <summary>Adds noise to pictures.</summary>
    /// <param name="clean">x₀ <c>[B, C, S, S]</c></param>
    /// <param name="noise">ε, of the same shape.</param>
    /// <param name="timesteps">t <c>[B]</c>, int64 in [0, 1000).</param>
    /// <returns>x_t and v of the same shape; the caller owns them.</returns>
    public (Tensor Noisy, Tensor Velocity) Diffuse(Tensor clean, Tensor noise, Tensor timesteps)
    {
        ArgumentNullException.ThrowIfNull(clean);
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        var (alpha, sigma) = Coefficients(timesteps);
        var noisy = (alpha * clean) + (sigma * noise);
        var velocity = (alpha * noise) - (sigma * clean);
        return (noisy.MoveToOuterDisposeScope(), velocity.MoveToOuterDisposeScope());
    }

    /// <summary>x₀ = α·x_t − σ·v</summary>
    /// <param name="noisy">x_t <c>[B, C, S, S]</c></param>
    /// <param name="velocity">v, of the same shape.</param>
    /// <param name="timesteps">t <c>[B]</c></param>
    /// <returns>x₀ of the same shape; the caller owns it.</returns>
    public Tensor Clean(Tensor noisy, Tensor velocity, Tensor timesteps)
    {
        ArgumentNullException.ThrowIfNull(noisy);
        ArgumentNullException.ThrowIfNull(velocity);
        using var scope = NewDisposeScope();
        var (alpha, sigma) = Coefficients(timesteps);
        return ((alpha * noisy) - (sigma * velocity)).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the coefficients.</summary>
    public void Dispose()
    {
        _alpha.Dispose();
        _sigma.Dispose();
    }

    private (Tensor Alpha, Tensor Sigma) Coefficients(Tensor timesteps)
        => (_alpha.index_select(0, timesteps).view(-1, 1, 1, 1), _sigma.index_select(0, timesteps).view(-1, 1, 1, 1));
}
