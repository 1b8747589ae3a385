using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.DiT;

/// <summary>The sinusoidal embedding of diffusion timesteps.</summary>
internal static class TimestepSinusoid
{
    /// <summary>Width of the embedding.</summary>
    public const int Width = 2 * Frequencies;

    private const int Frequencies = 128;

    /// <summary>[cos(t·f), sin(t·f)] with f_k = exp(−ln 10000 · k / divisor), in float32.</summary>
    /// <param name="timesteps"><c>[B]</c>, whole or fractional; not scaled.</param>
    /// <param name="divisor">128 in Meta's code, 127 in diffusers: a checkpoint's output depends on the code that runs it.</param>
    /// <returns><c>[B, 256]</c>, float32; the caller owns it.</returns>
    public static Tensor Embed(Tensor timesteps, int divisor)
    {
        using var scope = NewDisposeScope();
        var frequencies = arange(Frequencies, dtype: ScalarType.Float32, device: timesteps.device)
            .mul_(-Math.Log(10000)).div_(divisor).exp_();
        var angles = timesteps.to(ScalarType.Float32).unsqueeze(1) * frequencies; // [B, 1] · [128] -> [B, 128]
        return cat([angles.cos(), angles.sin()], 1).MoveToOuterDisposeScope();
    }
}
