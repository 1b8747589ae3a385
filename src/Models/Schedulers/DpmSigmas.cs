namespace DiTFastAttn.Models.Schedulers;

/// <summary>The noise levels σ = √((1−ᾱ)/ᾱ) that DPM-Solver steps through, and the timesteps they belong to.</summary>
internal static class DpmSigmas
{
    private const double KarrasRho = 7;

    /// <summary>The timesteps and one sigma more: the last is where the run ends.</summary>
    public static (int[] Timesteps, float[] Sigmas) Compute(DpmSolverConfig config, float[] alphasCumprod, int steps)
    {
        var train = config.TrainTimesteps;
        var all = Array.ConvertAll(alphasCumprod, a => MathF.Sqrt((1 - a) / a));
        int[] timesteps;
        double[] sigmas;
        if (config.UseKarrasSigmas)
        {
            sigmas = Karras(all[0], all[^1], steps);
            timesteps = TimestepsOf(sigmas, all, round: config.BetaSchedule != BetaSchedule.SquaredCosine);
        }
        else if (config.UseFlowSigmas)
        {
            sigmas = Flow(train, steps, config.FlowShift);
            timesteps = Array.ConvertAll(sigmas, s => (int)(s * train));
        }
        else
        {
            var last = train - CountBelow(alphasCumprod, config.LambdaMinClipped);
            ConfigChecks.Require(last > 0, config.Name, "lambda_min_clipped", config.LambdaMinClipped, "less: it leaves out every timestep");
            timesteps = TimestepGrid.ForMultistep(config.TimestepSpacing, train, last, steps, config.StepsOffset);
            sigmas = Array.ConvertAll(timesteps, t => (double)all[Math.Clamp(t, 0, all.Length - 1)]);
        }

        float[] result = [.. sigmas.Select(s => (float)s), config.FinalSigmaZero ? 0 : all[0]];
        for (var i = 1; i < result.Length; i++)
        {
            ConfigChecks.Require(
                result[i] < result[i - 1], config.Name, "steps", steps, $"less: with these settings steps {i - 1} and {i} have the same noise level");
        }

        return (timesteps, result);
    }

    private static int CountBelow(float[] alphasCumprod, double lambda)
        => alphasCumprod.Count(a => MathF.Log(MathF.Sqrt(a)) - MathF.Log(MathF.Sqrt(1 - a)) < lambda);

    /// <summary>σ evenly spaced in σ^(1/ρ).</summary>
    private static double[] Karras(double least, double most, int steps)
    {
        var (low, high) = (Math.Pow(least, 1 / KarrasRho), Math.Pow(most, 1 / KarrasRho));
        return [.. TimestepGrid.Linspace(1, steps).Select(ramp => Math.Pow(high + (ramp * (low - high)), KarrasRho))];
    }

    /// <summary>1 − linspace(1, 1/T, n + 1) shifted, from noise to sample, without the last.</summary>
    private static double[] Flow(int train, int steps, double shift)
        => [.. TimestepGrid.Linspace(1 - (1.0 / train), steps + 1).Skip(1).Reverse().Select(s => shift * s / (1 + ((shift - 1) * s)))];

    /// <summary>The timesteps at which the training process has these sigmas, interpolated in log σ.</summary>
    private static int[] TimestepsOf(double[] sigmas, float[] all, bool round)
    {
        var logs = Array.ConvertAll(all, s => (double)MathF.Log(s));
        return Array.ConvertAll(sigmas, sigma =>
        {
            var log = Math.Log(Math.Max(sigma, 1e-10));
            var low = Math.Clamp(Array.FindLastIndex(logs, l => log >= l), 0, logs.Length - 2);
            var share = Math.Clamp((logs[low] - log) / (logs[low] - logs[low + 1]), 0, 1);
            var timestep = ((1 - share) * low) + (share * (low + 1));
            return (int)(round ? Math.Round(timestep) : timestep);
        });
    }
}
