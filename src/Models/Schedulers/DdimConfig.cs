namespace DiTFastAttn.Models;

/// <summary>Settings of DDIM (Song et al. 2020, arXiv 2010.02502), diffusers' DDIMScheduler.</summary>
public sealed record DdimConfig : DiffusersSchedulerConfig
{
    /// <summary>Diffusers' defaults.</summary>
    public DdimConfig() => TimestepSpacing = TimestepSpacing.Leading;

    /// <inheritdoc/>
    public override string Name => "ddim";

    /// <summary>Whether x₀ is clipped in every step (<c>clip_sample</c>).</summary>
    public bool ClipSample { get; init; } = true;

    /// <summary>To which absolute value (<c>clip_sample_range</c>).</summary>
    public double ClipSampleRange { get; init; } = 1;

    /// <summary>Whether the last step goes to ᾱ = 1, or to ᾱ of timestep 0 (<c>set_alpha_to_one</c>).</summary>
    public bool SetAlphaToOne { get; init; } = true;

    /// <summary>Share of DDPM's noise added in each step: 0 is deterministic, 1 adds all (an argument of diffusers' step, <c>eta</c>).</summary>
    public double Eta { get; init; }

    /// <summary>Reads settings, whatever their <c>_class_name</c>.</summary>
    /// <param name="json">A JSON object in diffusers' vocabulary.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static new DdimConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, "ddim");
        var defaults = new DdimConfig();
        var result = ReadCommon(config, defaults) with
        {
            ClipSample = config.Bool("clip_sample", defaults.ClipSample),
            ClipSampleRange = config.Double("clip_sample_range", defaults.ClipSampleRange),
            SetAlphaToOne = config.Bool("set_alpha_to_one", defaults.SetAlphaToOne),
            Eta = config.Double("eta", defaults.Eta),
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
        ConfigChecks.Require(Eta is >= 0 and <= 1, Name, "eta", Eta, "0 to 1");
    }

    /// <inheritdoc/>
    public override IScheduler CreateScheduler(int steps)
    {
        Validate();
        CheckSteps(steps);
        return new DdimScheduler(this, steps);
    }
}
