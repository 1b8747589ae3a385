namespace DiTFastAttn;

/// <summary>What a generation is going to be. What is left out is not checked against the plan.</summary>
/// <param name="Steps">Denoising steps T.</param>
/// <param name="Guidance">How the batch is laid out.</param>
public sealed record RunRequest(int Steps, Guidance Guidance)
{
    /// <summary>The guidance scale.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>The scheduler's name, for example <c>ddim</c>.</summary>
    public string? Scheduler { get; init; }

    /// <summary>Number of tokens L at the model's sites.</summary>
    public long? Tokens { get; init; }

    /// <summary>Resolution in pixels or latent cells, as the plan has it, for example <c>64x64</c>.</summary>
    public string? Resolution { get; init; }

    /// <summary>Element type of the model, for example <c>float32</c>.</summary>
    public string? Dtype { get; init; }

    /// <summary>
    /// The profile whose plan the plan provider is to choose, for example <c>fast</c>; <see langword="null"/> for its default. Without meaning where the
    /// run brings its own plan.
    /// </summary>
    public string? Profile { get; init; }

    /// <summary>Whether <see cref="AttentionRun.CountedCosts"/> is kept, which costs some 100 ns a call of a site.</summary>
    public bool CountsCosts { get; init; }
}
