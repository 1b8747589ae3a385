namespace DiTFastAttn.Models;

/// <summary>Settings of Euler's method on the probability-flow equation (Karras et al. 2022, arXiv 2206.00364, algorithm 1), diffusers' EulerDiscreteScheduler.</summary>
public sealed record EulerConfig : DiffusersSchedulerConfig
{
    /// <inheritdoc/>
    public override string Name => "euler";

    /// <summary>Whether σ lies evenly in ln σ instead of at the timesteps (<c>interpolation_type</c>: linear or log_linear).</summary>
    public bool LogLinearSigmas { get; init; }

    /// <summary>Whether σ is spaced after Karras et al. 2022 (<c>use_karras_sigmas</c>).</summary>
    public bool UseKarrasSigmas { get; init; }

    /// <summary>Least σ of Karras' spacing; that of the last timestep where it is <see langword="null"/> (<c>sigma_min</c>).</summary>
    public double? SigmaMin { get; init; }

    /// <summary>Most σ of Karras' spacing; that of the first timestep where it is <see langword="null"/> (<c>sigma_max</c>).</summary>
    public double? SigmaMax { get; init; }

    /// <summary>Whether a model of v is given ¼·ln σ instead of the timestep (<c>timestep_type</c>: discrete or continuous).</summary>
    public bool ContinuousTimesteps { get; init; }

    /// <summary>Whether the last σ is 0, or that of timestep 0 (<c>final_sigmas_type</c>).</summary>
    public bool FinalSigmaZero { get; init; } = true;

    /// <summary>Reads settings, whatever their <c>_class_name</c>.</summary>
    /// <param name="json">A JSON object in diffusers' vocabulary.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible, or asks for a spacing that is not supported.</exception>
    public static new EulerConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, "euler");
        var defaults = new EulerConfig();
        RefuseSpacings(config, defaults.Name, "use_exponential_sigmas", "use_beta_sigmas");
        var result = ReadCommon(config, defaults) with
        {
            LogLinearSigmas = config.Choice("interpolation_type", defaults.LogLinearSigmas, ("linear", false), ("log_linear", true)),
            UseKarrasSigmas = config.Bool("use_karras_sigmas", defaults.UseKarrasSigmas),
            SigmaMin = config.DoubleOrNull("sigma_min"),
            SigmaMax = config.DoubleOrNull("sigma_max"),
            ContinuousTimesteps = config.Choice("timestep_type", defaults.ContinuousTimesteps, ("discrete", false), ("continuous", true)),
            FinalSigmaZero = config.Choice("final_sigmas_type", defaults.FinalSigmaZero, ("zero", true), ("sigma_min", false)),
        };
        result.Validate();
        return result;
    }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        ValidateCommon();
        ValidateSigmaRange(SigmaMin, SigmaMax);
        ConfigChecks.Require(PredictionType != PredictionType.FlowPrediction, Name, "prediction_type", "flow_prediction", "epsilon, sample or v_prediction");
    }

    /// <inheritdoc/>
    public override IScheduler CreateScheduler(int steps)
    {
        Validate();
        CheckSteps(steps);
        return new EulerScheduler(this, steps);
    }
}
