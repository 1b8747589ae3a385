namespace DiTFastAttn.Models.Schedulers;

/// <summary>Shares σ of noise on a straight flow, and how they are moved.</summary>
internal static class FlowSigmas
{
    /// <summary>s·σ/(1 + (s−1)·σ): more of the steps are spent near noise where s is above 1 (Esser et al. 2024, arXiv 2403.03206, equation 23).</summary>
    public static double[] Shifted(double[] sigmas, double shift) => Array.ConvertAll(sigmas, s => shift * s / (1 + ((shift - 1) * s)));

    /// <summary>The shift of a dynamic shift μ: μ/(μ + 1/σ − 1) is <see cref="Shifted"/> by μ, or by e^μ.</summary>
    public static double ShiftOf(double mu, bool isLinear) => isLinear ? mu : Math.Exp(mu);

    /// <summary>Stretches the distances from 1 so that the last σ is <paramref name="terminal"/>.</summary>
    public static double[] Stretched(double[] sigmas, double terminal)
    {
        var factor = (1 - sigmas[^1]) / (1 - terminal);
        return Array.ConvertAll(sigmas, s => 1 - ((1 - s) / factor));
    }
}
