namespace DiTFastAttn.Models.Schedulers;

/// <summary>The coefficients of a respaced diffusion process, one entry a kept timestep, ascending.</summary>
internal sealed class IddpmTables
{
    public IddpmTables(IddpmConfig config, IReadOnlyList<int> timesteps)
    {
        // OpenSora holds the respaced β, and all that follows, in float32 tensors.
        Func<double, double> round = config.SinglePrecision ? x => (float)x : x => x;
        var full = FullAlphasCumprod(config);
        var count = timesteps.Count;
        var betas = new double[count];
        Betas = betas;
        AlphasCumprod = new double[count];
        AlphasCumprodPrevious = new double[count];
        var (last, product) = (1.0, 1.0);
        for (var i = 0; i < count; i++)
        {
            betas[i] = round(1 - (full[timesteps[i]] / last));
            last = full[timesteps[i]];
            AlphasCumprodPrevious[i] = i == 0 ? 1 : AlphasCumprod[i - 1];
            product *= round(1 - betas[i]);
            AlphasCumprod[i] = round(product);
        }

        SqrtAlphasCumprod = Table(i => round(Math.Sqrt(AlphasCumprod[i])));
        SqrtOneMinusAlphasCumprod = Table(i => round(Math.Sqrt(round(1 - AlphasCumprod[i]))));
        SampleToClean = Table(i => round(Math.Sqrt(round(1 / AlphasCumprod[i]))));
        NoiseToClean = Table(i => round(Math.Sqrt(round(round(1 / AlphasCumprod[i]) - 1))));
        var variance = PosteriorVariance = Table(i => round(round(betas[i] * round(1 - AlphasCumprodPrevious[i])) / round(1 - AlphasCumprod[i])));
        PosteriorLogVarianceClipped = Table(i => round(Math.Log(variance[i == 0 && count > 1 ? 1 : i])));
        PosteriorMeanClean = Table(i => round(round(betas[i] * round(Math.Sqrt(AlphasCumprodPrevious[i]))) / round(1 - AlphasCumprod[i])));
        PosteriorMeanSample = Table(i => round(
            round(round(1 - AlphasCumprodPrevious[i]) * round(Math.Sqrt(round(1 - betas[i])))) / round(1 - AlphasCumprod[i])));
        LogBetas = Table(i => round(Math.Log(betas[i])));
        FixedLogVariance = config.SigmaSmall
            ? PosteriorLogVarianceClipped
            : Table(i => round(Math.Log(i == 0 && count > 1 ? variance[1] : betas[i])));

        double[] Table(Func<int, double> entry) => [.. Enumerable.Range(0, count).Select(entry)];
    }

    public double[] Betas { get; }

    public double[] AlphasCumprod { get; }

    public double[] AlphasCumprodPrevious { get; }

    /// <summary>√ᾱ: x = √ᾱ·x₀ + √(1 − ᾱ)·ε.</summary>
    public double[] SqrtAlphasCumprod { get; }

    /// <summary>√(1 − ᾱ)</summary>
    public double[] SqrtOneMinusAlphasCumprod { get; }

    /// <summary>√(1/ᾱ): x₀ = √(1/ᾱ)·x − √(1/ᾱ − 1)·ε.</summary>
    public double[] SampleToClean { get; }

    /// <summary>√(1/ᾱ − 1)</summary>
    public double[] NoiseToClean { get; }

    /// <summary>β̃</summary>
    public double[] PosteriorVariance { get; }

    public double[] PosteriorMeanClean { get; }

    public double[] PosteriorMeanSample { get; }

    public double[] PosteriorLogVarianceClipped { get; }

    public double[] LogBetas { get; }

    public double[] FixedLogVariance { get; }

    private static double[] FullAlphasCumprod(IddpmConfig config)
    {
        var count = config.DiffusionSteps;
        var betas = config.NoiseSchedule == BetaSchedule.Linear
            ? LinearBetas(count)
            : NoiseSchedule.SquaredCosineBetas(count);
        var cumulative = new double[count];
        var product = 1.0;
        for (var i = 0; i < count; i++)
        {
            product *= 1 - betas[i];
            cumulative[i] = product;
        }

        return cumulative;
    }

    /// <summary>0.0001 to 0.02 for 1000 timesteps, scaled for other counts.</summary>
    private static double[] LinearBetas(int count)
    {
        var scale = 1000.0 / count;
        var ramp = TimestepGrid.Linspace(scale * (0.02 - 0.0001), count);
        return Array.ConvertAll(ramp, b => (scale * 0.0001) + b);
    }
}
