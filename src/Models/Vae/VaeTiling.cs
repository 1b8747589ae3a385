using DiTFastAttn.Models.Vae;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// Encoding and decoding in overlapping tiles that are blended into each other, as diffusers does it. A tile sees nothing of its neighbours,
/// so the result differs a little from the whole's; memory is that of one tile, two rows of finished tiles and the result.
/// </summary>
public sealed record VaeTiling
{
    /// <summary>Tiles of a size.</summary>
    /// <param name="sampleSize">Rows and columns S of a tile of the picture, in pixels (<c>tile_sample_min_size</c>).</param>
    /// <param name="latentSize">Rows and columns T of a tile of the latents, in cells (<c>tile_latent_min_size</c>).</param>
    /// <param name="overlap">Share of a tile that overlaps the next (<c>tile_overlap_factor</c>).</param>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public VaeTiling(int sampleSize, int latentSize, double overlap = 0.25)
    {
        const string What = "tiling";
        ConfigChecks.AtLeast(What, "tile_sample_min_size", sampleSize, 1);
        ConfigChecks.AtLeast(What, "tile_latent_min_size", latentSize, 1);
        ConfigChecks.Require(overlap is >= 0 and < 1, What, "tile_overlap_factor", overlap, "0 or more and below 1");
        ConfigChecks.Require(
            (int)(latentSize * (1 - overlap)) > 0 && (int)(sampleSize * (1 - overlap)) > 0,
            What, "tile_overlap_factor", overlap, $"less, so that tiles of {latentSize} cells and {sampleSize} pixels go on by at least one");
        (SampleSize, LatentSize, Overlap) = (sampleSize, latentSize, overlap);
    }

    /// <summary>Rows and columns of a tile of the picture, in pixels.</summary>
    public int SampleSize { get; }

    /// <summary>Rows and columns of a tile of the latents, in cells.</summary>
    public int LatentSize { get; }

    /// <summary>Share of a tile that overlaps the next.</summary>
    public double Overlap { get; }

    /// <summary>Tiles as large as the pictures that a model was trained on, or as given.</summary>
    /// <param name="config">The model's sizes.</param>
    /// <param name="sampleSize">Rows and columns of a tile, in pixels; the model's where it is <see langword="null"/>.</param>
    public static VaeTiling For(AutoencoderKLConfig config, int? sampleSize = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        var size = sampleSize ?? config.SampleSize;
        return new VaeTiling(size, size / config.SpatialFactor);
    }

    /// <summary>Whether a picture <c>[B, 3, H, W]</c> is larger than a tile.</summary>
    internal bool CutsImage(ReadOnlySpan<long> shape) => shape[2] > SampleSize || shape[3] > SampleSize;

    /// <summary>Whether latents <c>[B, C, h, w]</c> are larger than a tile.</summary>
    internal bool CutsLatents(ReadOnlySpan<long> shape) => shape[2] > LatentSize || shape[3] > LatentSize;

    /// <summary>Pictures [B, 3, H, W] to moments [B, 2·C, h, w]; a tile's computation makes a fresh tensor.</summary>
    internal Tensor Encode(Tensor image, int spatialFactor, Func<Tensor, Tensor> encodeTile)
    {
        var step = (int)(SampleSize * (1 - Overlap));
        foreach (var side in image.shape[2..])
        {
            var last = ((side - 1) % step) + 1;
            if (last < spatialFactor)
            {
                throw new ArgumentException(
                    $"a side of {side} pixels leaves a last tile of {last}: with tiles of {SampleSize}, {step} apart, this model needs at least {spatialFactor}; "
                    + "take another size of tiles.", nameof(image));
            }
        }

        var blend = (int)(LatentSize * Overlap);
        return TiledPass.Run(image, SampleSize, step, blend, LatentSize - blend, encodeTile);
    }

    /// <summary>Latents [B, C, h, w] to pictures [B, 3, H, W]; a tile's computation makes a fresh tensor.</summary>
    internal Tensor Decode(Tensor latents, Func<Tensor, Tensor> decodeTile)
    {
        var blend = (int)(SampleSize * Overlap);
        return TiledPass.Run(latents, LatentSize, (int)(LatentSize * (1 - Overlap)), blend, SampleSize - blend, decodeTile);
    }
}
