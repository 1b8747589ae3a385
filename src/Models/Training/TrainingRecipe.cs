namespace DiTFastAttn.Models.Training;

/// <summary>How a model is trained. The defaults are the demo model's.</summary>
internal sealed record TrainingRecipe
{
    /// <summary>Resolutions, one after the other: small pictures first, because the shapes learned there carry over.</summary>
    public IReadOnlyList<TrainingStage> Stages { get; init; } = [new(32, 2500, 32), new(64, 1000, 16)];

    /// <summary>Seed of initial weights, pictures, timesteps, dropped labels and noise.</summary>
    public long Seed { get; init; }

    /// <summary>Highest learning rate of Muon.</summary>
    public double MuonRate { get; init; } = 0.02;

    /// <summary>Highest learning rate of AdamW.</summary>
    public double AdamRate { get; init; } = 1.5e-3;

    /// <summary>Share of the training over which the learning rates rise.</summary>
    public double WarmUp { get; init; } = 0.01;

    /// <summary>Largest norm of the gradient; a longer one is scaled down to it.</summary>
    public double GradientNorm { get; init; } = 1;

    /// <summary>Steps of all stages.</summary>
    public int TotalSteps => Stages.Sum(stage => stage.Steps);

    /// <summary>The stage that a step belongs to.</summary>
    /// <param name="step">The step, counted from 0; past the end, the last stage.</param>
    public TrainingStage StageOf(int step)
    {
        var first = 0;
        foreach (var stage in Stages)
        {
            first += stage.Steps;
            if (step < first)
            {
                return stage;
            }
        }

        return Stages[^1];
    }

    /// <summary>
    /// How much of the training lies before the middle of a step, from 0 to 1. Counted in pixels: steps at a low resolution
    /// are cheap, and the learning rate should not be spent on them.
    /// </summary>
    /// <param name="step">The step, counted from 0.</param>
    public double ProgressAt(int step)
    {
        var (seen, first) = (0.0, 0);
        foreach (var stage in Stages)
        {
            seen += Math.Clamp(step + 0.5 - first, 0, stage.Steps) * stage.PixelsPerStep;
            first += stage.Steps;
        }

        return seen / Stages.Sum(stage => stage.Pixels);
    }

    /// <summary>Checks the recipe.</summary>
    /// <param name="patch">Pixels of the model's patches, of which a picture's side is a multiple.</param>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    internal void Validate(int patch)
    {
        const string Name = "training";
        ConfigChecks.Require(Stages?.All(stage => stage is not null) == true, Name, "a stage", "null", "size, steps and batch");
        ConfigChecks.AtLeast(Name, "number of stages", Stages!.Count, 1);
        foreach (var stage in Stages)
        {
            ConfigChecks.AtLeast(Name, "size", stage.Size, patch);
            ConfigChecks.Multiple(Name, "size", stage.Size, "the patch size", patch);
            ConfigChecks.AtLeast(Name, "steps", stage.Steps, 1);
            ConfigChecks.AtLeast(Name, "batch", stage.Batch, 1);
        }

        ConfigChecks.Require(Stages.Sum(stage => (long)stage.Steps) <= int.MaxValue, Name, "steps", "too many", $"at most {int.MaxValue} in all");
        ConfigChecks.Require(WarmUp is >= 0 and < 1, Name, "warm-up", WarmUp, "0 or more and below 1");
        ConfigChecks.Require(double.IsFinite(MuonRate) && MuonRate >= 0, Name, "Muon's rate", MuonRate, "0 or more");
        ConfigChecks.Require(double.IsFinite(AdamRate) && AdamRate >= 0, Name, "AdamW's rate", AdamRate, "0 or more");
        ConfigChecks.Require(GradientNorm > 0, Name, "gradient norm", GradientNorm, "above 0");
    }
}
