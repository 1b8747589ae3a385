namespace DiTFastAttn.Models.Schedulers;

/// <summary>The noise levels σ that UniPC steps through, and the timesteps they belong to.</summary>
internal static class UniPCSigmas
{
    // ln(1 − σ) has to stay finite.
    private const double DistanceFromOne = 1e-6;

    /// <summary>The timesteps and one sigma more: the last is where the run ends.</summary>
    public static (int[] Timesteps, float[] Sigmas) Compute(UniPCConfig config, float[] alphasCumprod, int steps)
    {
        var all = NoiseLevels.OfTraining(alphasCumprod);
        var train = config.TrainTimesteps;
        int[] timesteps;
        double[] sigmas;
        if (config.UseKarrasSigmas)
        {
            sigmas = NoiseLevels.Karras(config.SigmaMin ?? all[0], config.SigmaMax ?? all[^1], steps);
            timesteps = Array.ConvertAll(NoiseLevels.TimestepsOf(sigmas, all), t => (int)Math.Round(t));
            if (config.UseFlowSigmas)
            {
                sigmas = Array.ConvertAll(sigmas, s => s / (s + 1));
                timesteps = Array.ConvertAll(sigmas, s => (int)(s * train));
            }
        }
        else if (config.UseFlowSigmas)
        {
            sigmas = Flow(config, steps);
            timesteps = Array.ConvertAll(sigmas, s => (int)(s * train));
        }
        else
        {
            timesteps = TimestepGrid.ForMultistep(config.TimestepSpacing, train, train, steps, config.StepsOffset);
            sigmas = NoiseLevels.At(timesteps.Select(t => (double)t), all);
        }

        var isOfTraining = !config.UseKarrasSigmas && !config.UseFlowSigmas;
        return (timesteps, [.. sigmas.Select(s => (float)s), config.FinalSigmaZero ? 0 : isOfTraining ? all[0] : (float)sigmas[^1]]);
    }

    /// <summary>linspace(1, 1/T, n + 1) without its last, shifted.</summary>
    private static double[] Flow(UniPCConfig config, int steps)
    {
        double[] even = [.. TimestepGrid.Linspace((1.0 / config.TrainTimesteps) - 1, steps + 1).SkipLast(1).Select(ramp => 1 + ramp)];
        var sigmas = FlowSigmas.Shifted(even, config.UseDynamicShifting ? Math.Exp(config.Mu!.Value) : config.FlowShift);
        if (config.ShiftTerminal is { } terminal)
        {
            sigmas = FlowSigmas.Stretched(sigmas, terminal);
        }

        if (Math.Abs(sigmas[0] - 1) < DistanceFromOne)
        {
            sigmas[0] -= DistanceFromOne;
        }

        return sigmas;
    }
}
