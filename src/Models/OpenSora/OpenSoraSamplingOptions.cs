namespace DiTFastAttn.Models;

/// <summary>How an <see cref="OpenSoraSampler"/> generates; the defaults are those of OpenSora v1.1.</summary>
public sealed record OpenSoraSamplingOptions
{
    /// <summary>Denoising steps T.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Which timesteps are kept, as <see cref="IddpmConfig.TimestepRespacing"/> says it; as many as there are steps where it is <see langword="null"/>.</summary>
    public string? TimestepRespacing { get; init; }

    /// <summary>Guidance scale; at 1 there is no guidance, and the batch has one half.</summary>
    public double GuidanceScale { get; init; } = 7;

    /// <summary>How many of the latent channels are guided, from the first; all where it is <see langword="null"/>.</summary>
    public int? GuidedChannels { get; init; } = 3;
}
