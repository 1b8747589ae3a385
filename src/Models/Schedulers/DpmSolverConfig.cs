namespace DiTFastAttn.Models;

/// <summary>
/// Settings of DPM-Solver and DPM-Solver++, multistep (Lu et al. 2022, arXiv 2206.00927 and 2211.01095), diffusers'
/// DPMSolverMultistepScheduler.
/// </summary>
public sealed record DpmSolverConfig : DiffusersSchedulerConfig
{
    /// <inheritdoc/>
    public override string Name => "dpmsolver++";

    /// <summary>Order of the solver, 1 to 3 (<c>solver_order</c>).</summary>
    public int SolverOrder { get; init; } = 2;

    /// <summary>Which form is solved (<c>algorithm_type</c>).</summary>
    public DpmAlgorithm Algorithm { get; init; }

    /// <summary>How second-order steps are made (<c>solver_type</c>).</summary>
    public DpmSolverType SolverType { get; init; }

    /// <summary>Whether short runs end with lower orders (<c>lower_order_final</c>).</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>Whether the last step is first order (<c>euler_at_final</c>).</summary>
    public bool EulerAtFinal { get; init; }

    /// <summary>Whether sigmas are spaced after Karras et al. 2022, arXiv 2206.00364 (<c>use_karras_sigmas</c>).</summary>
    public bool UseKarrasSigmas { get; init; }

    /// <summary>Whether sigmas are a flow model's (<c>use_flow_sigmas</c>).</summary>
    public bool UseFlowSigmas { get; init; }

    /// <summary>Shift of a flow model's sigmas (<c>flow_shift</c>).</summary>
    public double FlowShift { get; init; } = 1;

    /// <summary>Whether the last sigma is 0, or that of timestep 0 (<c>final_sigmas_type</c>).</summary>
    public bool FinalSigmaZero { get; init; } = true;

    /// <summary>Timesteps with a smaller λ are left out (<c>lambda_min_clipped</c>).</summary>
    public double LambdaMinClipped { get; init; } = double.NegativeInfinity;

    /// <summary>The model's variance (<c>variance_type</c>). A learned one is cut off: channels 0 to 2 stay. Fixed ones, which DDPM's files name, say nothing here.</summary>
    public VarianceType? VarianceType { get; init; }

    /// <summary>Reads settings, whatever their <c>_class_name</c>: another scheduler's file takes these defaults where it is silent, and the nearest of these choices where diffusers does.</summary>
    /// <param name="json">A JSON object in diffusers' vocabulary.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible, or asks for a spacing that is not supported.</exception>
    public static new DpmSolverConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, "dpmsolver++");
        var defaults = new DpmSolverConfig();
        RefuseSpacings(config, defaults.Name, "use_lu_lambdas", "use_exponential_sigmas", "use_beta_sigmas", "use_dynamic_shifting");
        var result = ReadCommon(config, defaults) with
        {
            SolverOrder = config.Int("solver_order", defaults.SolverOrder),
            Algorithm = config.Choice(
                "algorithm_type",
                defaults.Algorithm,
                ("dpmsolver++", DpmAlgorithm.DataPrediction), ("dpmsolver", DpmAlgorithm.NoisePrediction),
                ("sde-dpmsolver++", DpmAlgorithm.StochasticDataPrediction), ("sde-dpmsolver", DpmAlgorithm.StochasticNoisePrediction),
                ("deis", DpmAlgorithm.DataPrediction)),
            SolverType = config.Choice(
                "solver_type",
                defaults.SolverType,
                ("midpoint", DpmSolverType.Midpoint), ("heun", DpmSolverType.Heun),
                ("logrho", DpmSolverType.Midpoint), ("bh1", DpmSolverType.Midpoint), ("bh2", DpmSolverType.Midpoint)),
            LowerOrderFinal = config.Bool("lower_order_final", defaults.LowerOrderFinal),
            EulerAtFinal = config.Bool("euler_at_final", defaults.EulerAtFinal),
            UseKarrasSigmas = config.Bool("use_karras_sigmas", defaults.UseKarrasSigmas),
            UseFlowSigmas = config.Bool("use_flow_sigmas", defaults.UseFlowSigmas),
            FlowShift = config.Double("flow_shift", defaults.FlowShift),
            FinalSigmaZero = config.Choice("final_sigmas_type", defaults.FinalSigmaZero, ("zero", true), ("sigma_min", false)),
            LambdaMinClipped = config.Double("lambda_min_clipped", defaults.LambdaMinClipped),
            VarianceType = config.Has("variance_type") ? config.Choice("variance_type", Models.VarianceType.FixedSmall, VarianceTypes) : null,
        };
        result.Validate();
        return result;
    }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        ValidateCommon();
        ConfigChecks.Require(SolverOrder is >= 1 and <= 3, Name, "solver_order", SolverOrder, "1, 2 or 3");
        ConfigChecks.Require(FlowShift > 0 && double.IsFinite(FlowShift), Name, "flow_shift", FlowShift, "above 0");
        ConfigChecks.Require(!double.IsNaN(LambdaMinClipped), Name, "lambda_min_clipped", LambdaMinClipped, "a number or -Infinity");
        var isNoisePrediction = Algorithm is DpmAlgorithm.NoisePrediction or DpmAlgorithm.StochasticNoisePrediction;
        ConfigChecks.Require(
            !isNoisePrediction || !FinalSigmaZero, Name, "final_sigmas_type", "zero", "sigma_min with algorithm_type dpmsolver or sde-dpmsolver");
        ConfigChecks.Require(
            Algorithm != DpmAlgorithm.StochasticNoisePrediction || SolverOrder < 3, Name, "solver_order", SolverOrder, "1 or 2 with algorithm_type sde-dpmsolver");
        ConfigChecks.Require(
            UseFlowSigmas || PredictionType != PredictionType.FlowPrediction, Name, "use_flow_sigmas", false, "true with prediction_type flow_prediction");
        ConfigChecks.Require(!(UseFlowSigmas && UseKarrasSigmas), Name, "use_karras_sigmas", true, "false with use_flow_sigmas");
    }

    /// <inheritdoc/>
    public override IScheduler CreateScheduler(int steps)
    {
        Validate();
        CheckSteps(steps);
        return new DpmSolverScheduler(this, steps);
    }
}
