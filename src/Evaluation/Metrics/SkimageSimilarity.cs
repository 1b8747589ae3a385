using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation;

/// <summary>
/// SSIM (Wang et al. 2004) as scikit-image computes it, in float64. That of torchmetrics is <see cref="Hosting.Search.StructuralSimilarity"/>. The window's
/// reach is cut off the border, so that nothing of the padding is left.
/// </summary>
public static class SkimageSimilarity
{
    private const double Sigma = 1.5;

    /// <summary><c>gaussian_weights=True, sigma=1.5, use_sample_covariance=False</c>: the settings of the paper.</summary>
    /// <param name="a"><c>[B, C, H, W]</c>, sides of at least 11; stays the caller's.</param>
    /// <param name="b"><c>[B, C, H, W]</c></param>
    /// <param name="dataRange">Largest minus smallest possible value.</param>
    /// <returns>Mean over channels and pixels of each sample.</returns>
    /// <exception cref="ArgumentException">The shapes differ, or are too small for the window.</exception>
    public static double[] Gaussian(Tensor a, Tensor b, double dataRange)
    {
        const int Radius = 5;
        var weights = Enumerable.Range(-Radius, (2 * Radius) + 1).Select(i => Math.Exp(-0.5 * i * i / (Sigma * Sigma))).ToArray();
        var sum = weights.Sum();
        return PerSample(a, b, dataRange, Array.ConvertAll(weights, weight => weight / sum), covarianceFactor: 1);
    }

    /// <summary>The function's defaults: a window of 7×7 equal weights and the sample's covariance.</summary>
    /// <inheritdoc cref="Gaussian"/>
    public static double[] Uniform(Tensor a, Tensor b, double dataRange)
    {
        const int Window = 7;
        const int Pixels = Window * Window;
        return PerSample(a, b, dataRange, [.. Enumerable.Repeat(1.0 / Window, Window)], Pixels / (Pixels - 1.0));
    }

    private static double[] PerSample(Tensor a, Tensor b, double dataRange, double[] window, double covarianceFactor)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.dim() != 4 || !a.shape.SequenceEqual(b.shape) || a.shape[2] < window.Length || a.shape[3] < window.Length)
        {
            throw new ArgumentException(
                $"SSIM compares two [B, C, H, W] of one shape, sides of at least {window.Length}; given are [{string.Join(", ", a.shape)}] and [{string.Join(", ", b.shape)}].", nameof(b));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, y) = (a.cpu().to(ScalarType.Float64), b.cpu().to(ScalarType.Float64));
        var (meanX, meanY) = (Blur(x, window), Blur(y, window));
        var varianceX = (Blur(x * x, window) - (meanX * meanX)) * covarianceFactor;
        var varianceY = (Blur(y * y, window) - (meanY * meanY)) * covarianceFactor;
        var covariance = (Blur(x * y, window) - (meanX * meanY)) * covarianceFactor;
        var (c1, c2) = (Math.Pow(0.01 * dataRange, 2), Math.Pow(0.03 * dataRange, 2));
        var map = ((meanX * meanY * 2) + c1) * ((covariance * 2) + c2) / (((meanX * meanX) + (meanY * meanY) + c1) * (varianceX + varianceY + c2));
        return map.mean([1, 2, 3]).data<double>().ToArray();
    }

    /// <summary>[B, C, H, W] -> [B, C, H − 2r, W − 2r]</summary>
    private static Tensor Blur(Tensor x, double[] window)
    {
        var (rows, columns) = (x.shape[2], x.shape[3]);
        var flat = x.reshape(-1, 1, rows, columns); // [B, C, H, W] -> [B·C, 1, H, W]
        var weights = tensor(window);
        var blurred = functional.conv2d(functional.conv2d(flat, weights.view(1, 1, -1, 1)), weights.view(1, 1, 1, -1));
        return blurred.view(x.shape[0], x.shape[1], rows - window.Length + 1, columns - window.Length + 1);
    }
}
