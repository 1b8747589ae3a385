namespace DiTFastAttn.Models;

/// <summary>How a <see cref="DiTSampler"/> generates.</summary>
public sealed record DiTSamplingOptions
{
    /// <summary>Denoising steps T.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Guidance scale; at 1 or less there is no guidance, and the batch has one half.</summary>
    public double GuidanceScale { get; init; } = 4;

    /// <summary>Whether the conditional half comes first in the batch.</summary>
    public bool ConditionalFirst { get; init; } = true;

    /// <summary>The label that stands for "no class"; K of the model where it is <see langword="null"/>.</summary>
    public int? NullLabel { get; init; }

    /// <summary>
    /// How many of the latent channels are guided, from the first; all where it is <see langword="null"/>. Meta's code guides
    /// 3 of 4.
    /// </summary>
    public int? GuidedChannels { get; init; }
}
