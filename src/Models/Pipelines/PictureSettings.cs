namespace DiTFastAttn.Models;

/// <summary>How the pictures of a run are made; what is the same for all of them.</summary>
public sealed record PictureSettings
{
    /// <summary>Denoising steps T.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Guidance scale; at 1 or less there is no guidance.</summary>
    public double GuidanceScale { get; init; } = 4;

    /// <summary>Seed of the noise.</summary>
    public long Seed { get; init; }

    /// <summary>Height in pixels; the model's own where it is <see langword="null"/>.</summary>
    public int? Height { get; init; }

    /// <summary>Width in pixels; the model's own where it is <see langword="null"/>.</summary>
    public int? Width { get; init; }

    /// <summary>Whether a size becomes the nearest that the model was trained on, and the picture is brought to the wished one at the end.</summary>
    public bool UsesBins { get; init; } = true;

    /// <summary>Whether prompts are cleaned of what is no description.</summary>
    public bool CleansPrompts { get; init; } = true;
}
