namespace DiTFastAttn.Models;

/// <summary>A scheduler's settings: what a <c>scheduler_config.json</c> holds.</summary>
public abstract record SchedulerConfig
{
    /// <summary>Far above any model's; a table of many more would fill the memory.</summary>
    private protected const int MostTrainTimesteps = 1_000_000;

    /// <summary>The scheduler's short name, for example <c>ddim</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Makes the scheduler of one generation.</summary>
    /// <param name="steps">Denoising steps.</param>
    /// <exception cref="ArgumentException">The settings are impossible, or do not allow this many steps.</exception>
    public abstract IScheduler CreateScheduler(int steps);

    /// <summary>
    /// Reads settings by their <c>_class_name</c>: DDIMScheduler, DDPMScheduler or DPMSolverMultistepScheduler in diffusers'
    /// vocabulary, IDDPM in that of facebookresearch/DiT. Unknown keys are ignored; absent keys take the class's defaults.
    /// </summary>
    /// <param name="json">A JSON object; Python's bare <c>-Infinity</c> is read too.</param>
    /// <exception cref="FormatException">It is not JSON, the class is unknown, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static SchedulerConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, "scheduler");
        return config.String("_class_name") switch
        {
            "DDIMScheduler" => DdimConfig.Parse(json),
            "DDPMScheduler" => DdpmConfig.Parse(json),
            "DPMSolverMultistepScheduler" => DpmSolverConfig.Parse(json),
            "IDDPM" => IddpmConfig.Parse(json),
            var other => throw new FormatException(
                $"scheduler config: _class_name is '{other}'; it has to be one of DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, IDDPM."),
        };
    }
}
