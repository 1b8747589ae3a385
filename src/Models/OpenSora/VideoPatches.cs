using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>Latents of a video to patches and back. Tokens go frame by frame, row by row.</summary>
internal static class VideoPatches
{
    /// <summary>Fills the latents up with zeros, behind, below and at the right, to whole patches.</summary>
    /// <param name="latents"><c>[B, C, T, H, W]</c></param>
    /// <param name="patch">Frames, rows and columns of a patch.</param>
    /// <returns>A tensor that the caller owns.</returns>
    public static Tensor Pad(Tensor latents, (int Frames, int Rows, int Columns) patch)
    {
        var (frames, rows, columns) = (
            Missing(latents.shape[2], patch.Frames), Missing(latents.shape[3], patch.Rows), Missing(latents.shape[4], patch.Columns));
        return frames + rows + columns == 0 ? latents.alias() : functional.pad(latents, [0, columns, 0, rows, 0, frames]);
    }

    /// <summary>Cuts latents of whole patches, each patch laid out as a convolution's kernel is.</summary>
    /// <param name="latents"><c>[B, C, T, H, W]</c></param>
    /// <param name="patch">Frames, rows and columns of a patch.</param>
    /// <returns><c>[B, L, C·pt·ph·pw]</c>; the caller owns it.</returns>
    public static Tensor Cut(Tensor latents, (int Frames, int Rows, int Columns) patch)
    {
        var (batch, channels) = (latents.shape[0], latents.shape[1]);
        var (frames, rows, columns) = (latents.shape[2] / patch.Frames, latents.shape[3] / patch.Rows, latents.shape[4] / patch.Columns);
        using var split = latents.reshape(batch, channels, frames, patch.Frames, rows, patch.Rows, columns, patch.Columns);
        using var ordered = split.permute(0, 2, 4, 6, 1, 3, 5, 7); // [B, T', H', W', C, pt, ph, pw]
        return ordered.reshape(batch, frames * rows * columns, channels * patch.Frames * patch.Rows * patch.Columns);
    }

    /// <summary>Puts patches together; within a token the channel is the fastest index.</summary>
    /// <param name="tokens"><c>[B, T', H'·W', pt·ph·pw·C]</c></param>
    /// <param name="patch">Frames, rows and columns of a patch.</param>
    /// <param name="grid">Rows H' and columns W' of the tokens.</param>
    /// <param name="channels">C</param>
    /// <returns><c>[B, C, T, H, W]</c>; the caller owns it.</returns>
    public static Tensor Join(Tensor tokens, (int Frames, int Rows, int Columns) patch, (long Rows, long Columns) grid, int channels)
    {
        var (batch, frames) = (tokens.shape[0], tokens.shape[1]);
        using var split = tokens.reshape(batch, frames, grid.Rows, grid.Columns, patch.Frames, patch.Rows, patch.Columns, channels);
        using var ordered = split.permute(0, 7, 1, 4, 2, 5, 3, 6); // [B, C, T', pt, H', ph, W', pw]
        return ordered.reshape(batch, channels, frames * patch.Frames, grid.Rows * patch.Rows, grid.Columns * patch.Columns);
    }

    private static long Missing(long length, int patch) => (patch - (length % patch)) % patch;
}
