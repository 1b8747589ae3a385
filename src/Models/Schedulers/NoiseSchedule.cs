namespace DiTFastAttn.Models.Schedulers;

/// <summary>ᾱ of the training process, rounded to float32 where diffusers rounds.</summary>
internal static class NoiseSchedule
{
    private const double MaxBeta = 0.999;

    /// <summary>ᾱ_t = Π (1 − β), one entry a training timestep.</summary>
    public static float[] AlphasCumprod(DiffusersSchedulerConfig config)
    {
        var betas = config.TrainedBetas is { } trained
            ? [.. trained.Select(b => (float)b)]
            : Betas(config.BetaSchedule, config.BetaStart, config.BetaEnd, config.TrainTimesteps);
        var cumulative = Cumulate(Array.ConvertAll(betas, b => 1 - b));
        return config.RescaleBetasZeroSnr ? WithZeroTerminalSnr(cumulative) : cumulative;
    }

    /// <summary>The same for solvers that divide by √ᾱ: pure noise has no finite σ, and diffusers takes this instead of 0.</summary>
    public static float[] AlphasCumprodAboveZero(DiffusersSchedulerConfig config)
    {
        var cumulative = AlphasCumprod(config);
        if (config.RescaleBetasZeroSnr)
        {
            cumulative[^1] = 1f / (1 << 24);
        }

        return cumulative;
    }

    /// <summary>β of a squared-cosine ᾱ, in float64.</summary>
    public static double[] SquaredCosineBetas(int count)
    {
        var betas = new double[count];
        for (var i = 0; i < count; i++)
        {
            betas[i] = Math.Min(1 - (AlphaBar((i + 1.0) / count) / AlphaBar((double)i / count)), MaxBeta);
        }

        return betas;

        static double AlphaBar(double t)
        {
            var cosine = Math.Cos((t + 0.008) / 1.008 * Math.PI / 2);
            return cosine * cosine;
        }
    }

    private static float[] Betas(BetaSchedule schedule, double start, double end, int count) => schedule switch
    {
        BetaSchedule.Linear => Linspace((float)start, (float)end, count),
        BetaSchedule.ScaledLinear => Array.ConvertAll(Linspace((float)Math.Sqrt(start), (float)Math.Sqrt(end), count), root => root * root),
        _ => Array.ConvertAll(SquaredCosineBetas(count), b => (float)b),
    };

    /// <summary>As torch spaces float32 numbers: from the start up to the middle, from the end down to it.</summary>
    private static float[] Linspace(float start, float end, int count)
    {
        var values = new float[count];
        var step = count > 1 ? (end - start) / (count - 1) : 0;
        for (var i = 0; i < count; i++)
        {
            values[i] = i < count / 2 || count == 1 ? start + (step * i) : end - (step * (count - i - 1));
        }

        return values;
    }

    private static float[] Cumulate(float[] alphas)
    {
        var cumulative = new float[alphas.Length];
        var product = 1.0;
        for (var i = 0; i < alphas.Length; i++)
        {
            product *= alphas[i];
            cumulative[i] = (float)product;
        }

        return cumulative;
    }

    /// <summary>Shifts and scales √ᾱ so that it ends at 0 and keeps its beginning (Lin et al. 2023, arXiv 2305.08891, algorithm 1).</summary>
    private static float[] WithZeroTerminalSnr(float[] cumulative)
    {
        var roots = Array.ConvertAll(cumulative, MathF.Sqrt);
        var (first, last) = (roots[0], roots[^1]);
        var scale = first / (first - last);
        var rescaled = Array.ConvertAll(roots, root => (root - last) * scale * ((root - last) * scale));

        // Back to β and forth again, as diffusers rounds.
        var alphas = rescaled.Select((product, i) => i == 0 ? product : product / rescaled[i - 1]);
        return Cumulate([.. alphas.Select(alpha => 1 - (1 - alpha))]);
    }
}
