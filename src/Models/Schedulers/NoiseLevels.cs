namespace DiTFastAttn.Models.Schedulers;

/// <summary>Noise levels σ = √((1−ᾱ)/ᾱ): the training process's, and others between them.</summary>
internal static class NoiseLevels
{
    private const double KarrasRho = 7;

    /// <summary>σ of every training timestep.</summary>
    public static float[] OfTraining(float[] alphasCumprod) => Array.ConvertAll(alphasCumprod, a => MathF.Sqrt((1 - a) / a));

    /// <summary>x = α·x₀ + σ·ε at a noise level, and λ = ln(α/σ).</summary>
    /// <param name="level">The noise level: σ/α, or of a flow σ itself.</param>
    /// <param name="isFlow">Whether α + σ = 1 instead of α² + σ² = 1.</param>
    public static (double Alpha, double Sigma, double Lambda) Parts(double level, bool isFlow)
    {
        var alpha = isFlow ? 1 - level : 1 / Math.Sqrt((level * level) + 1);
        var sigma = isFlow ? level : level * alpha;
        return (alpha, sigma, Math.Log(alpha) - Math.Log(sigma));
    }

    /// <summary>σ evenly spaced in σ^(1/ρ), from the most to the least (Karras et al. 2022, arXiv 2206.00364, equation 5).</summary>
    public static double[] Karras(double least, double most, int steps)
    {
        var (low, high) = (Math.Pow(least, 1 / KarrasRho), Math.Pow(most, 1 / KarrasRho));
        return [.. TimestepGrid.Linspace(1, steps).Select(ramp => Math.Pow(high + (ramp * (low - high)), KarrasRho))];
    }

    /// <summary>σ at timesteps, interpolated between the training process's and constant outside of them.</summary>
    public static double[] At(IEnumerable<double> timesteps, float[] all) => [.. timesteps.Select(timestep =>
    {
        var t = Math.Clamp(timestep, 0, all.Length - 1);
        var low = Math.Min((int)t, Math.Max(all.Length - 2, 0));
        var high = Math.Min(low + 1, all.Length - 1);
        return all[low] + ((t - low) * ((double)all[high] - all[low]));
    })];

    /// <summary>The fractional timesteps at which the training process has these σ, interpolated in log σ.</summary>
    public static double[] TimestepsOf(double[] sigmas, float[] all)
    {
        var logs = Array.ConvertAll(all, s => (double)MathF.Log(s));
        return Array.ConvertAll(sigmas, sigma =>
        {
            var log = Math.Log(Math.Max(sigma, 1e-10));
            var low = Math.Clamp(Array.FindLastIndex(logs, l => log >= l), 0, logs.Length - 2);
            var share = Math.Clamp((logs[low] - log) / (logs[low] - logs[low + 1]), 0, 1);
            return ((1 - share) * low) + (share * (low + 1));
        });
    }
}
