namespace DiTFastAttn.Models;

/// <summary>Settings of DDPM (Ho et al. 2020, arXiv 2006.11239), diffusers' DDPMScheduler.</summary>
public sealed record DdpmConfig : DiffusersSchedulerConfig
{
    /// <summary>Diffusers' defaults.</summary>
    public DdpmConfig() => TimestepSpacing = TimestepSpacing.Leading;

    /// <inheritdoc/>
    public override string Name => "ddpm";

    /// <summary>Whether x₀ is clipped in every step (<c>clip_sample</c>).</summary>
    public bool ClipSample { get; init; } = true;

    /// <summary>To which absolute value (<c>clip_sample_range</c>).</summary>
    public double ClipSampleRange { get; init; } = 1;

    /// <summary>The variance of the noise (<c>variance_type</c>).</summary>
    public VarianceType VarianceType { get; init; }

    /// <summary>Reads settings, whatever their <c>_class_name</c>.</summary>
    /// <param name="json">A JSON object in diffusers' vocabulary.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static new DdpmConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, "ddpm");
        var defaults = new DdpmConfig();
        var result = ReadCommon(config, defaults) with
        {
            ClipSample = config.Bool("clip_sample", defaults.ClipSample),
            ClipSampleRange = config.Double("clip_sample_range", defaults.ClipSampleRange),
            VarianceType = config.Choice("variance_type", defaults.VarianceType, VarianceTypes),
        };
        result.Validate();
        return result;
    }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        ValidateCommon();
        ConfigChecks.Require(PredictionType != PredictionType.FlowPrediction, Name, "prediction_type", "flow_prediction", "epsilon, sample or v_prediction");
        ConfigChecks.Require(
            !RescaleBetasZeroSnr || PredictionType != PredictionType.Epsilon,
            Name, "prediction_type", "epsilon", "v_prediction or sample with rescale_betas_zero_snr: there is no x₀ to find in pure noise");
        ConfigChecks.Require(ClipSampleRange > 0, Name, "clip_sample_range", ClipSampleRange, "above 0");
    }

    /// <inheritdoc/>
    public override IScheduler CreateScheduler(int steps)
    {
        Validate();
        CheckSteps(steps);
        return new DdpmScheduler(this, steps);
    }
}
