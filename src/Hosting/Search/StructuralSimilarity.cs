using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// SSIM (Wang et al. 2004) as torchmetrics computes it: 11×11 Gaussian window of σ 1.5, K1 = .01, K2 = .03, reflect
/// padding, variances clamped at 0.
/// </summary>
public static class StructuralSimilarity
{
    private const int Radius = 5;
    private const double Sigma = 1.5;

    /// <summary>The mean over the whole map, all channels and samples.</summary>
    /// <param name="a"><c>[B, C, H, W]</c>, H and W of at least 6.</param>
    /// <param name="b"><c>[B, C, H, W]</c></param>
    /// <param name="dataRange">Largest minus smallest possible value.</param>
    /// <param name="cropBorder">
    /// Leaves a border of 5 out of the mean, as torchmetrics up to 1.4 did; H and W of at least 11 then.
    /// </param>
    public static double Mean(Tensor a, Tensor b, double dataRange, bool cropBorder = false)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.dim() != 4 || !a.shape.SequenceEqual(b.shape))
        {
            throw new ArgumentException($"SSIM compares two [B, C, H, W] of one shape; given are [{string.Join(", ", a.shape)}] and [{string.Join(", ", b.shape)}].", nameof(b));
        }

        var smallest = cropBorder ? (2 * Radius) + 1 : Radius + 1;
        if (a.shape[2] < smallest || a.shape[3] < smallest)
        {
            throw new ArgumentException($"SSIM with an 11×11 window needs at least {smallest}×{smallest}; given is {a.shape[2]}×{a.shape[3]}.", nameof(a));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, y) = (a.to(ScalarType.Float32), b.to(ScalarType.Float32));
        var (c1, c2) = (Math.Pow(0.01 * dataRange, 2), Math.Pow(0.03 * dataRange, 2));

        // [5B, C, H, W]: both, their squares and their product through the window at once
        var moments = Blur(cat([x, y, x.mul(x), y.mul(y), x.mul(y)], 0));
        var batch = x.shape[0];
        var (meanX, meanY) = (moments.narrow(0, 0, batch), moments.narrow(0, batch, batch));
        var (meanXX, meanYY, meanXY) = (meanX.mul(meanX), meanY.mul(meanY), meanX.mul(meanY));
        var varianceX = moments.narrow(0, 2 * batch, batch).sub(meanXX).clamp_(min: 0.0.ToScalar());
        var varianceY = moments.narrow(0, 3 * batch, batch).sub(meanYY).clamp_(min: 0.0.ToScalar());
        var covariance = moments.narrow(0, 4 * batch, batch).sub(meanXY);
        var map = meanXY.mul(2).add(c1).mul(covariance.mul(2).add(c2))
            .div(meanXX.add(meanYY).add(c1).mul(varianceX.add(varianceY).add(c2)));
        if (cropBorder)
        {
            map = map.narrow(2, Radius, map.shape[2] - (2 * Radius)).narrow(3, Radius, map.shape[3] - (2 * Radius));
        }

        return map.to(ScalarType.Float64).mean().item<double>();
    }

    private static Tensor Blur(Tensor x)
    {
        var channels = x.shape[1];
        var offsets = arange(-Radius, Radius + 1, dtype: ScalarType.Float32);
        var weights = offsets.div(Sigma).pow(2).div(-2).exp();
        weights = weights.div(weights.sum());

        // [11] and [11] -> [C, 1, 11, 11]
        var kernel = weights.unsqueeze(1).mul(weights.unsqueeze(0)).expand(channels, 1, (2 * Radius) + 1, (2 * Radius) + 1).contiguous();
        var padded = nn.functional.pad(x, [Radius, Radius, Radius, Radius], PaddingModes.Reflect);
        return nn.functional.conv2d(padded, kernel, groups: channels);
    }
}
