namespace DiTFastAttn.Models;

/// <summary>The settings that diffusers' schedulers have in common.</summary>
public abstract record DiffusersSchedulerConfig : SchedulerConfig
{
    internal static readonly (string Name, BetaSchedule Value)[] BetaSchedules =
        [("linear", BetaSchedule.Linear), ("scaled_linear", BetaSchedule.ScaledLinear), ("squaredcos_cap_v2", BetaSchedule.SquaredCosine)];

    internal static readonly (string Name, PredictionType Value)[] PredictionTypes =
        [("epsilon", PredictionType.Epsilon), ("sample", PredictionType.Sample), ("v_prediction", PredictionType.VPrediction),
         ("flow_prediction", PredictionType.FlowPrediction)];

    internal static readonly (string Name, VarianceType Value)[] VarianceTypes =
        [("fixed_small", VarianceType.FixedSmall), ("fixed_small_log", VarianceType.FixedSmallLog), ("fixed_large", VarianceType.FixedLarge),
         ("learned", VarianceType.Learned), ("learned_range", VarianceType.LearnedRange)];

    private static readonly (string Name, TimestepSpacing Value)[] Spacings =
        [("linspace", TimestepSpacing.Linspace), ("leading", TimestepSpacing.Leading), ("trailing", TimestepSpacing.Trailing)];

    /// <summary>Timesteps T of the training process (<c>num_train_timesteps</c>).</summary>
    public int TrainTimesteps { get; init; } = 1000;

    /// <summary>First β (<c>beta_start</c>).</summary>
    public double BetaStart { get; init; } = 0.0001;

    /// <summary>Last β (<c>beta_end</c>).</summary>
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>How β grows (<c>beta_schedule</c>).</summary>
    public BetaSchedule BetaSchedule { get; init; }

    /// <summary>All β, which then replace the schedule (<c>trained_betas</c>).</summary>
    public IReadOnlyList<double>? TrainedBetas { get; init; }

    /// <summary>Whether β are rescaled so that the last timestep is pure noise (<c>rescale_betas_zero_snr</c>).</summary>
    public bool RescaleBetasZeroSnr { get; init; }

    /// <summary>What the model predicts (<c>prediction_type</c>).</summary>
    public PredictionType PredictionType { get; init; }

    /// <summary>Which timesteps are visited (<c>timestep_spacing</c>).</summary>
    public TimestepSpacing TimestepSpacing { get; init; }

    /// <summary>Added to the timesteps of leading spacing (<c>steps_offset</c>).</summary>
    public int StepsOffset { get; init; }

    /// <summary>Whether x₀ is thresholded dynamically (<c>thresholding</c>; Saharia et al. 2022, arXiv 2205.11487).</summary>
    public bool Thresholding { get; init; }

    /// <summary>The quantile of |x₀| that thresholding takes (<c>dynamic_thresholding_ratio</c>).</summary>
    public double DynamicThresholdingRatio { get; init; } = 0.995;

    /// <summary>The most that thresholding lets through (<c>sample_max_value</c>).</summary>
    public double SampleMaxValue { get; init; } = 1;

    /// <summary>Checks the common settings.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    protected void ValidateCommon()
    {
        ConfigChecks.Between(Name, "num_train_timesteps", TrainTimesteps, 1, MostTrainTimesteps);
        ConfigChecks.Require(BetaStart is > 0 and < 1, Name, "beta_start", BetaStart, "above 0 and below 1");
        ConfigChecks.Require(BetaEnd >= BetaStart && BetaEnd < 1, Name, "beta_end", BetaEnd, "at least beta_start and below 1");
        ConfigChecks.Require(
            TrainedBetas is null || (TrainedBetas.Count == TrainTimesteps && TrainedBetas.All(b => b is > 0 and < 1)),
            Name, "trained_betas", $"a list of {TrainedBetas?.Count ?? 0}", $"a list of {TrainTimesteps} numbers above 0 and below 1");
        ConfigChecks.AtLeast(Name, "steps_offset", StepsOffset, 0);
        ConfigChecks.Require(
            DynamicThresholdingRatio is > 0 and <= 1, Name, "dynamic_thresholding_ratio", DynamicThresholdingRatio, "above 0 and at most 1");
        ConfigChecks.Require(SampleMaxValue >= 1, Name, "sample_max_value", SampleMaxValue, "1 or more");
    }

    /// <summary>Checks the ends of Karras' spacing.</summary>
    private protected void ValidateSigmaRange(double? least, double? most)
    {
        ConfigChecks.Require(least is null || (least > 0 && double.IsFinite(least.Value)), Name, "sigma_min", least, "above 0, or null");
        ConfigChecks.Require(most is null || (most > (least ?? 0) && double.IsFinite(most.Value)), Name, "sigma_max", most, "above 0 and above sigma_min, or null");
    }

    /// <summary>Reads the common settings over the class's defaults.</summary>
    private protected static T ReadCommon<T>(ConfigJson config, T defaults)
        where T : DiffusersSchedulerConfig => defaults with
        {
            TrainTimesteps = config.Int("num_train_timesteps", defaults.TrainTimesteps),
            BetaStart = config.Double("beta_start", defaults.BetaStart),
            BetaEnd = config.Double("beta_end", defaults.BetaEnd),
            BetaSchedule = config.Choice("beta_schedule", defaults.BetaSchedule, BetaSchedules),
            TrainedBetas = config.Doubles("trained_betas"),
            RescaleBetasZeroSnr = config.Bool("rescale_betas_zero_snr", defaults.RescaleBetasZeroSnr),
            PredictionType = config.Choice("prediction_type", defaults.PredictionType, PredictionTypes),
            TimestepSpacing = config.Choice("timestep_spacing", defaults.TimestepSpacing, Spacings),
            StepsOffset = config.Int("steps_offset", defaults.StepsOffset),
            Thresholding = config.Bool("thresholding", defaults.Thresholding),
            DynamicThresholdingRatio = config.Double("dynamic_thresholding_ratio", defaults.DynamicThresholdingRatio),
            SampleMaxValue = config.Double("sample_max_value", defaults.SampleMaxValue),
        };

    /// <summary>Checks that a run of so many steps is possible.</summary>
    private protected void CheckSteps(int steps) => ConfigChecks.Require(
        steps >= 1 && steps <= TrainTimesteps, Name, "steps", steps, $"1 to {TrainTimesteps}");
}
