namespace DiTFastAttn.Models;

/// <summary>Settings of UniPC, multistep (Zhao et al. 2023, arXiv 2302.04867), diffusers' UniPCMultistepScheduler.</summary>
public sealed record UniPCConfig : DiffusersSchedulerConfig
{
    /// <inheritdoc/>
    public override string Name => "unipc";

    /// <summary>Order of the predictor, 1 or more; the corrector raises it by one (<c>solver_order</c>).</summary>
    public int SolverOrder { get; init; } = 2;

    /// <summary>Whether the equation is solved in terms of x₀, or of ε (<c>predict_x0</c>).</summary>
    public bool PredictX0 { get; init; } = true;

    /// <summary>Whether B(h) is e^h − 1 or h (<c>solver_type</c>: bh2 or bh1).</summary>
    public bool ExponentialB { get; init; } = true;

    /// <summary>Whether a run ends with lower orders (<c>lower_order_final</c>).</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>Steps after which nothing is corrected (<c>disable_corrector</c>).</summary>
    public IReadOnlyList<int> DisableCorrector { get; init; } = [];

    /// <summary>Whether σ is spaced after Karras et al. 2022, arXiv 2206.00364 (<c>use_karras_sigmas</c>).</summary>
    public bool UseKarrasSigmas { get; init; }

    /// <summary>Least σ of Karras' spacing; that of timestep 0 where it is <see langword="null"/> (<c>sigma_min</c>).</summary>
    public double? SigmaMin { get; init; }

    /// <summary>Most σ of Karras' spacing; that of the last timestep where it is <see langword="null"/> (<c>sigma_max</c>).</summary>
    public double? SigmaMax { get; init; }

    /// <summary>Whether sigmas are a flow model's (<c>use_flow_sigmas</c>).</summary>
    public bool UseFlowSigmas { get; init; }

    /// <summary>Shift of a flow model's sigmas (<c>flow_shift</c>).</summary>
    public double FlowShift { get; init; } = 1;

    /// <summary>Whether <see cref="Mu"/> shifts a flow model's sigmas instead (<c>use_dynamic_shifting</c>).</summary>
    public bool UseDynamicShifting { get; init; }

    /// <summary>Logarithm of a dynamic shift (an argument of diffusers' set_timesteps, <c>mu</c>).</summary>
    public double? Mu { get; init; }

    /// <summary>To what a flow model's last sigma is stretched (<c>shift_terminal</c>).</summary>
    public double? ShiftTerminal { get; init; }

    /// <summary>Whether the last sigma is 0, or the least of the others (<c>final_sigmas_type</c>).</summary>
    public bool FinalSigmaZero { get; init; } = true;

    /// <summary>Reads settings, whatever their <c>_class_name</c>: another scheduler's file takes these defaults where it is silent.</summary>
    /// <param name="json">A JSON object in diffusers' vocabulary.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible, or asks for what is not supported.</exception>
    public static new UniPCConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, "unipc");
        var defaults = new UniPCConfig();
        RefuseSpacings(config, defaults.Name, "use_exponential_sigmas", "use_beta_sigmas");
        ConfigChecks.Require(!config.Has("solver_p"), defaults.Name, "solver_p", "set", "null: the predictor is UniP");
        var result = ReadCommon(config, defaults) with
        {
            SolverOrder = config.Int("solver_order", defaults.SolverOrder),
            PredictX0 = config.Bool("predict_x0", defaults.PredictX0),
            ExponentialB = config.Choice(
                "solver_type", defaults.ExponentialB, ("bh1", false), ("bh2", true), ("midpoint", true), ("heun", true), ("logrho", true)),
            LowerOrderFinal = config.Bool("lower_order_final", defaults.LowerOrderFinal),
            DisableCorrector = [.. (config.Doubles("disable_corrector") ?? []).Select(step => (int)step)],
            UseKarrasSigmas = config.Bool("use_karras_sigmas", defaults.UseKarrasSigmas),
            SigmaMin = config.DoubleOrNull("sigma_min"),
            SigmaMax = config.DoubleOrNull("sigma_max"),
            UseFlowSigmas = config.Bool("use_flow_sigmas", defaults.UseFlowSigmas),
            FlowShift = config.Double("flow_shift", defaults.FlowShift),
            UseDynamicShifting = config.Bool("use_dynamic_shifting", defaults.UseDynamicShifting),
            ShiftTerminal = config.Double("shift_terminal", 0) is var terminal and not 0 ? terminal : null,
            FinalSigmaZero = config.Choice("final_sigmas_type", defaults.FinalSigmaZero, ("zero", true), ("sigma_min", false)),
        };
        _ = config.Choice("time_shift_type", 0, ("exponential", 0));
        result.Validate();
        return result;
    }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        ValidateCommon();
        ValidateSigmaRange(SigmaMin, SigmaMax);
        ConfigChecks.AtLeast(Name, "solver_order", SolverOrder, 1);
        ConfigChecks.Require(FlowShift > 0 && double.IsFinite(FlowShift), Name, "flow_shift", FlowShift, "above 0");
        ConfigChecks.Require(ShiftTerminal is null or (> 0 and < 1), Name, "shift_terminal", ShiftTerminal, "above 0 and below 1, or null");
        ConfigChecks.Require(ShiftTerminal is null || UseFlowSigmas, Name, "shift_terminal", ShiftTerminal, "null without use_flow_sigmas");
        ConfigChecks.Require(Mu is null || double.IsFinite(Mu.Value), Name, "mu", Mu, "a number");
        ConfigChecks.Require(
            PredictX0 || PredictionType != PredictionType.FlowPrediction, Name, "predict_x0", false, "true with prediction_type flow_prediction");

        // The last step to σ = 0 is infinitely long: only these settings give a number there.
        ConfigChecks.Require(!FinalSigmaZero || PredictX0, Name, "final_sigmas_type", "zero", "sigma_min where predict_x0 is false");
        ConfigChecks.Require(!FinalSigmaZero || ExponentialB, Name, "final_sigmas_type", "zero", "sigma_min with solver_type bh1");
        ConfigChecks.Require(
            !FinalSigmaZero || LowerOrderFinal || SolverOrder == 1, Name, "final_sigmas_type", "zero", "sigma_min where lower_order_final is false");
    }

    /// <inheritdoc/>
    public override IScheduler CreateScheduler(int steps)
    {
        Validate();
        CheckSteps(steps);
        ConfigChecks.Require(!UseDynamicShifting || Mu is not null, Name, "mu", "missing", "given with use_dynamic_shifting");
        return new UniPCScheduler(this, steps);
    }
}
