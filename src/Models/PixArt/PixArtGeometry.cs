namespace DiTFastAttn.Models;

/// <summary>What a sampler has to know about a PixArt transformer.</summary>
/// <param name="SampleSize">Rows and columns of the latents that the model was made for, in cells; others work too.</param>
/// <param name="PatchSize">Rows and columns p of a patch, in cells.</param>
/// <param name="InChannels">Channels C of the latents.</param>
/// <param name="OutChannels">Channels of the output: C, or 2C with a learned variance.</param>
/// <param name="CaptionChannels">Width of a caption's tokens.</param>
/// <param name="InterpolationScale">Divides the positions: models of higher resolution keep the range of the ones before them.</param>
/// <param name="TakesPictureSize">Whether the model is told the picture's size (Alpha at 1024).</param>
public sealed record PixArtGeometry(
    int SampleSize, int PatchSize, int InChannels, int OutChannels, int CaptionChannels, double InterpolationScale, bool TakesPictureSize)
{
    /// <summary>Tokens a side of the grid whose positions the model knows.</summary>
    public int BaseGrid => SampleSize / PatchSize;

    /// <summary>Number of tokens of latents.</summary>
    /// <param name="rows">Rows H of the latents, in cells.</param>
    /// <param name="columns">Columns W of the latents, in cells.</param>
    public int Tokens(int rows, int columns) => rows / PatchSize * (columns / PatchSize);
}
