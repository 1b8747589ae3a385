namespace DiTFastAttn.Cli.Study;

/// <summary>A study: one model, how it draws, and the parts of the paper that are made of it (docs/evaluation.md).</summary>
internal sealed record StudySettings
{
    /// <summary>What it is of, for example <c>demo</c> or a pipeline's folder.</summary>
    public string Model { get; init; } = Plans.ModelInput.Demo;

    public string? Components { get; init; }

    /// <summary>Side of the latents of a model that describes itself; its own where nothing is said.</summary>
    public int? InputSize { get; init; }

    public string? Dtype { get; init; }

    /// <summary>Denoising steps T; the pipeline's own where nothing is said.</summary>
    public int? Steps { get; init; }

    public double? GuidanceScale { get; init; }

    public int Seed { get; init; }

    /// <summary>As a plan has it: <c>128</c>, <c>1/8</c>.</summary>
    public string Window { get; init; } = AttentionWindow.Paper.ToString();

    /// <summary>Classes to draw, in turn; all where nothing is said.</summary>
    public IReadOnlyList<int>? Labels { get; init; }

    /// <summary>Prompts to draw, in turn.</summary>
    public IReadOnlyList<string>? Prompts { get; init; }

    public string NegativePrompt { get; init; } = "";

    /// <summary>Pictures of a point.</summary>
    public int Pictures { get; init; } = 8;

    /// <summary>Pictures at a time.</summary>
    public int Batch { get; init; } = 4;

    /// <summary>Samples that plans are searched on.</summary>
    public int Calibration { get; init; } = 4;

    /// <summary>The search's loss.</summary>
    public string Loss { get; init; } = Hosting.Search.PlanLoss.Official.Name;

    /// <summary>Times that a batch is drawn for its time.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>Weights of the FID network.</summary>
    public string? Inception { get; init; }

    /// <summary>Real pictures.</summary>
    public string? Real { get; init; }

    /// <summary>CLIP's folder.</summary>
    public string? Clip { get; init; }

    public required IReadOnlyList<StudyPart> Parts { get; init; }
}
