namespace DiTFastAttn.Models;

/// <summary>A scheduler's settings: what a <c>scheduler_config.json</c> holds.</summary>
public abstract record SchedulerConfig
{
    /// <summary>Far above any model's; a table of many more would fill the memory.</summary>
    private protected const int MostTrainTimesteps = 1_000_000;

    private static readonly (string Name, Func<string, SchedulerConfig> Parse)[] Classes =
    [
        ("DDIMScheduler", DdimConfig.Parse),
        ("DDPMScheduler", DdpmConfig.Parse),
        ("DPMSolverMultistepScheduler", DpmSolverConfig.Parse),
        ("EulerDiscreteScheduler", EulerConfig.Parse),
        ("FlowMatchEulerDiscreteScheduler", FlowMatchEulerConfig.Parse),
        ("UniPCMultistepScheduler", UniPCConfig.Parse),
        ("IDDPM", IddpmConfig.Parse),
    ];

    /// <summary>The scheduler's short name, for example <c>ddim</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Makes the scheduler of one generation.</summary>
    /// <param name="steps">Denoising steps.</param>
    /// <exception cref="ArgumentException">The settings are impossible, or do not allow this many steps.</exception>
    public abstract IScheduler CreateScheduler(int steps);

    /// <summary>
    /// Reads settings by their <c>_class_name</c>: a class of diffusers in its vocabulary, IDDPM in that of
    /// facebookresearch/DiT. Unknown keys are ignored; absent keys take the class's defaults.
    /// </summary>
    /// <param name="json">A JSON object; Python's bare <c>-Infinity</c> is read too.</param>
    /// <exception cref="FormatException">It is not JSON, the class is unknown, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static SchedulerConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, "scheduler");
        var name = config.String("_class_name");
        return Classes.FirstOrDefault(known => known.Name == name).Parse is { } parse
            ? parse(json)
            : throw new FormatException(
                $"scheduler config: _class_name is '{name}'; it has to be one of {string.Join(", ", Classes.Select(known => known.Name))}.");
    }

    /// <summary>Refuses ways of spacing noise levels that are not known here.</summary>
    private protected static void RefuseSpacings(ConfigJson config, string name, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            ConfigChecks.Require(!config.Bool(key, otherwise: false), name, key, true, "false: only the training process's, Karras' and flow sigmas are known");
        }
    }
}
