namespace DiTFastAttn.Models;

/// <summary>
/// Settings of Euler's method on a straight flow (Esser et al. 2024, arXiv 2403.03206), diffusers' FlowMatchEulerDiscreteScheduler.
/// </summary>
public sealed record FlowMatchEulerConfig : SchedulerConfig
{
    /// <inheritdoc/>
    public override string Name => "flow-match-euler";

    /// <summary>Timesteps T of the training process (<c>num_train_timesteps</c>).</summary>
    public int TrainTimesteps { get; init; } = 1000;

    /// <summary>Moves σ towards noise where it is above 1 (<c>shift</c>). It is applied to the range of σ and again to every σ, as diffusers does.</summary>
    public double Shift { get; init; } = 1;

    /// <summary>Whether <see cref="Mu"/> moves σ instead (<c>use_dynamic_shifting</c>).</summary>
    public bool UseDynamicShifting { get; init; }

    /// <summary>How far a dynamic shift moves σ; depends on the number of tokens (an argument of diffusers' set_timesteps, <c>mu</c>).</summary>
    public double? Mu { get; init; }

    /// <summary>Whether <see cref="Mu"/> is the shift itself or its logarithm (<c>time_shift_type</c>: linear or exponential).</summary>
    public bool LinearTimeShift { get; init; }

    /// <summary>To what the last σ is stretched (<c>shift_terminal</c>).</summary>
    public double? ShiftTerminal { get; init; }

    /// <summary>Whether σ is spaced after Karras et al. 2022 (<c>use_karras_sigmas</c>).</summary>
    public bool UseKarrasSigmas { get; init; }

    /// <summary>Whether σ runs from 0 to 1 (<c>invert_sigmas</c>).</summary>
    public bool InvertSigmas { get; init; }

    /// <summary>Whether every step draws its noise anew (<c>stochastic_sampling</c>).</summary>
    public bool StochasticSampling { get; init; }

    /// <summary>Reads settings, whatever their <c>_class_name</c>.</summary>
    /// <param name="json">A JSON object in diffusers' vocabulary.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible, or asks for a spacing that is not supported.</exception>
    public static new FlowMatchEulerConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, "flow-match-euler");
        var defaults = new FlowMatchEulerConfig();
        RefuseSpacings(config, defaults.Name, "use_exponential_sigmas", "use_beta_sigmas");
        var result = new FlowMatchEulerConfig
        {
            TrainTimesteps = config.Int("num_train_timesteps", defaults.TrainTimesteps),
            Shift = config.Double("shift", defaults.Shift),
            UseDynamicShifting = config.Bool("use_dynamic_shifting", defaults.UseDynamicShifting),
            LinearTimeShift = config.Choice("time_shift_type", defaults.LinearTimeShift, ("exponential", false), ("linear", true)),
            // Python's 0 is false: no end is given.
            ShiftTerminal = config.Double("shift_terminal", 0) is var terminal and not 0 ? terminal : null,
            UseKarrasSigmas = config.Bool("use_karras_sigmas", defaults.UseKarrasSigmas),
            InvertSigmas = config.Bool("invert_sigmas", defaults.InvertSigmas),
            StochasticSampling = config.Bool("stochastic_sampling", defaults.StochasticSampling),
        };
        result.Validate();
        return result;
    }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        ConfigChecks.Between(Name, "num_train_timesteps", TrainTimesteps, 1, MostTrainTimesteps);
        ConfigChecks.Require(Shift > 0 && double.IsFinite(Shift), Name, "shift", Shift, "above 0");
        ConfigChecks.Require(ShiftTerminal is null or (> 0 and < 1), Name, "shift_terminal", ShiftTerminal, "above 0 and below 1, or null");
        ConfigChecks.Require(
            Mu is null || (double.IsFinite(Mu.Value) && (!LinearTimeShift || Mu > 0)), Name, "mu", Mu, "a number, above 0 with time_shift_type linear");
    }

    /// <inheritdoc/>
    public override IScheduler CreateScheduler(int steps)
    {
        Validate();
        ConfigChecks.Require(steps >= 1 && steps <= TrainTimesteps, Name, "steps", steps, $"1 to {TrainTimesteps}");
        ConfigChecks.Require(!UseDynamicShifting || Mu is not null, Name, "mu", "missing", "given with use_dynamic_shifting");
        return new FlowMatchEulerScheduler(this, steps);
    }
}
