namespace DiTFastAttn.Models.Schedulers;

/// <summary>The noise levels σ = √((1−ᾱ)/ᾱ) that DPM-Solver steps through, and the timesteps they belong to.</summary>
internal static class DpmSigmas
{
    /// <summary>The timesteps and one sigma more: the last is where the run ends.</summary>
    public static (int[] Timesteps, float[] Sigmas) Compute(DpmSolverConfig config, float[] alphasCumprod, int steps)
    {
        var train = config.TrainTimesteps;
        var all = NoiseLevels.OfTraining(alphasCumprod);
        int[] timesteps;
        double[] sigmas;
        if (config.UseKarrasSigmas)
        {
            sigmas = NoiseLevels.Karras(all[0], all[^1], steps);
            var exact = NoiseLevels.TimestepsOf(sigmas, all);
            timesteps = Array.ConvertAll(exact, t => (int)(config.BetaSchedule == BetaSchedule.SquaredCosine ? t : Math.Round(t)));
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
            sigmas = NoiseLevels.At(timesteps.Select(t => (double)t), all);
        }

        return (timesteps, [.. sigmas.Select(s => (float)s), config.FinalSigmaZero ? 0 : all[0]]);
    }

    private static int CountBelow(float[] alphasCumprod, double lambda)
        => alphasCumprod.Count(a => MathF.Log(MathF.Sqrt(a)) - MathF.Log(MathF.Sqrt(1 - a)) < lambda);

    /// <summary>1 − linspace(1, 1/T, n + 1) shifted, from noise to sample, without the last.</summary>
    private static double[] Flow(int train, int steps, double shift)
        => [.. TimestepGrid.Linspace(1 - (1.0 / train), steps + 1).Skip(1).Reverse().Select(s => shift * s / (1 + ((shift - 1) * s)))];
}
