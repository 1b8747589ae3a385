namespace DiTFastAttn.Models;

/// <summary>How a <see cref="PixArtSampler"/> generates. The defaults are those of diffusers' PixArt pipelines.</summary>
public sealed record PixArtSamplingOptions
{
    /// <summary>Denoising steps T.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Guidance scale; at 1 or less there is no guidance, and the batch has one half.</summary>
    public double GuidanceScale { get; init; } = 4.5;

    /// <summary>Pixels a side of a latent cell: what the autoencoder enlarges by. Models that take the picture's size are told it in pixels.</summary>
    public int CellPixels { get; init; } = 8;
}
