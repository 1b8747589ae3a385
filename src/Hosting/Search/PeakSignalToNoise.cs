using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>PSNR, 10·log₁₀(range² / mean squared difference).</summary>
public static class PeakSignalToNoise
{
    /// <summary>PSNR of each sample in dB; infinite where two samples are equal.</summary>
    /// <param name="a"><c>[B, …]</c></param>
    /// <param name="b"><c>[B, …]</c></param>
    /// <param name="dataRange">Largest minus smallest possible value.</param>
    public static double[] PerSample(Tensor a, Tensor b, double dataRange)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (!a.shape.AsSpan().SequenceEqual(b.shape))
        {
            throw new ArgumentException($"PSNR compares two of one shape; given are [{string.Join(", ", a.shape)}] and [{string.Join(", ", b.shape)}].", nameof(b));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var difference = a.to(ScalarType.Float64).sub(b.to(ScalarType.Float64)).reshape(a.shape[0], -1); // [B, …] -> [B, elements]
        var errors = difference.mul(difference).mean([1]).cpu().data<double>().ToArray();
        return Array.ConvertAll(errors, error => 10 * Math.Log10(dataRange * dataRange / error));
    }
}
