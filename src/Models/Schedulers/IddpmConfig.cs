using System.Globalization;

namespace DiTFastAttn.Models;

/// <summary>
/// Settings of IDDPM (Nichol &amp; Dhariwal 2021, arXiv 2102.09672) with respaced timesteps: the sampler of
/// facebookresearch/DiT and of OpenSora, in the vocabulary of their <c>create_diffusion</c>.
/// </summary>
public sealed record IddpmConfig : SchedulerConfig
{
    /// <inheritdoc/>
    public override string Name => Loop == IddpmLoop.Ddim ? "iddpm-ddim" : "iddpm";

    /// <summary>
    /// Which timesteps are kept: <c>n</c> spread evenly with both ends, <c>ddimN</c> with a whole stride from 0, or a comma
    /// list of counts for as many equal sections. <see langword="null"/>: as many as the run has steps
    /// (<c>timestep_respacing</c>).
    /// </summary>
    public string? TimestepRespacing { get; init; }

    /// <summary>Timesteps T of the training process (<c>diffusion_steps</c>).</summary>
    public int DiffusionSteps { get; init; } = 1000;

    /// <summary>How β grows (<c>noise_schedule</c>: linear or squaredcos_cap_v2).</summary>
    public BetaSchedule NoiseSchedule { get; init; }

    /// <summary>Whether the model's output has C more channels for the variance (<c>learn_sigma</c>).</summary>
    public bool LearnSigma { get; init; } = true;

    /// <summary>Without a learned variance: the posterior's (true) or β (<c>sigma_small</c>).</summary>
    public bool SigmaSmall { get; init; }

    /// <summary>Whether the model predicts x₀ instead of ε (<c>predict_xstart</c>).</summary>
    public bool PredictXStart { get; init; }

    /// <summary>Whether x₀ is clipped to [−1, 1] in every step (<c>clip_denoised</c>).</summary>
    public bool ClipDenoised { get; init; }

    /// <summary>Which loop runs (<c>loop</c>).</summary>
    public IddpmLoop Loop { get; init; }

    /// <summary>Share of noise that the DDIM loop adds (<c>eta</c>).</summary>
    public double Eta { get; init; }

    /// <summary>
    /// Whether respaced β and everything computed from them is rounded to float32, as OpenSora's code does. Its last step
    /// differs visibly from float64's.
    /// </summary>
    public bool SinglePrecision { get; init; }

    /// <summary>Reads settings.</summary>
    /// <param name="json">A JSON object.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static new IddpmConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, "iddpm");
        var defaults = new IddpmConfig();
        var result = new IddpmConfig
        {
            TimestepRespacing = config.String("timestep_respacing"),
            DiffusionSteps = config.Int("diffusion_steps", defaults.DiffusionSteps),
            NoiseSchedule = config.Choice(
                "noise_schedule", defaults.NoiseSchedule, ("linear", BetaSchedule.Linear), ("squaredcos_cap_v2", BetaSchedule.SquaredCosine)),
            LearnSigma = config.Bool("learn_sigma", defaults.LearnSigma),
            SigmaSmall = config.Bool("sigma_small", defaults.SigmaSmall),
            PredictXStart = config.Bool("predict_xstart", defaults.PredictXStart),
            ClipDenoised = config.Bool("clip_denoised", defaults.ClipDenoised),
            Loop = config.Choice(
                "loop", defaults.Loop, ("p_sample", IddpmLoop.Ancestral), ("ddim_sample", IddpmLoop.Ddim), ("ddim", IddpmLoop.Ddim)),
            Eta = config.Double("eta", defaults.Eta),
        };
        result.Validate();
        return result;
    }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        ConfigChecks.Between(Name, "diffusion_steps", DiffusionSteps, 20, MostTrainTimesteps);
        ConfigChecks.Require(NoiseSchedule != BetaSchedule.ScaledLinear, Name, "noise_schedule", "scaled_linear", "linear or squaredcos_cap_v2");
        ConfigChecks.Require(Eta is >= 0 and <= 1, Name, "eta", Eta, "0 to 1");
    }

    /// <inheritdoc/>
    public override IScheduler CreateScheduler(int steps)
    {
        Validate();
        ConfigChecks.Require(steps >= 1 && steps <= DiffusionSteps, Name, "steps", steps, $"1 to {DiffusionSteps}");
        var scheduler = new IddpmScheduler(this, TimestepRespacing ?? steps.ToString(CultureInfo.InvariantCulture));
        ConfigChecks.Require(
            scheduler.Timesteps.Count == steps, Name, "steps", steps, $"{scheduler.Timesteps.Count}, which timestep_respacing '{TimestepRespacing}' gives");
        return scheduler;
    }
}
