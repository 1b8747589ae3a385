namespace DiTFastAttn.Evaluation;

/// <summary>The Fréchet distance of two normal distributions: with features of <see cref="InceptionNetwork"/> it is FID (Heusel et al. 2017, arXiv 1706.08500).</summary>
public static class FrechetDistance
{
    /// <summary>
    /// |μₐ − μ_b|² + tr Sₐ + tr S_b − 2 tr √(Sₐ S_b). No root of a matrix is taken, which fails for singular ones: with S = F·Fᵀ the last trace is the sum of
    /// the singular values of Fₐᵀ·F_b.
    /// </summary>
    /// <param name="a">Of at least two pictures.</param>
    /// <param name="b">Of as many features.</param>
    /// <returns>The distance, 0 or more.</returns>
    /// <exception cref="ArgumentException">The numbers of features differ.</exception>
    /// <exception cref="InvalidOperationException">One is of fewer than two pictures.</exception>
    public static double Between(FeatureStatistics a, FeatureStatistics b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Dimensions != b.Dimensions)
        {
            throw new ArgumentException($"statistics of {b.Dimensions} features do not go with ones of {a.Dimensions}: they are of another network.", nameof(b));
        }

        var means = 0.0;
        for (var i = 0; i < a.Dimensions; i++)
        {
            means += (a.Mean[i] - b.Mean[i]) * (a.Mean[i] - b.Mean[i]);
        }

        var shared = a.Factor().TransposeThisAndMultiply(b.Factor()).Svd(computeVectors: false).S.Sum();
        return Math.Max(0, means + a.Trace() + b.Trace() - (2 * shared));
    }
}
