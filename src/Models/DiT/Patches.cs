using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.DiT;

/// <summary>Latents to patches and back. Tokens go row by row.</summary>
internal static class Patches
{
    /// <summary>Cuts latents into patches, each laid out as a convolution's kernel is.</summary>
    /// <param name="latents"><c>[B, C, H, W]</c></param>
    /// <param name="patch">p</param>
    /// <returns><c>[B, L, C·p·p]</c>; the caller owns it.</returns>
    public static Tensor Cut(Tensor latents, int patch)
    {
        var (batch, channels, rows, columns) = (latents.shape[0], latents.shape[1], latents.shape[2] / patch, latents.shape[3] / patch);
        using var split = latents.reshape(batch, channels, rows, patch, columns, patch);
        using var ordered = split.permute(0, 2, 4, 1, 3, 5); // [B, H/p, W/p, C, p, p]
        return ordered.reshape(batch, rows * columns, channels * patch * patch);
    }

    /// <summary>Puts patches together; within a token the channel is the fastest index.</summary>
    /// <param name="tokens"><c>[B, L, p·p·C]</c></param>
    /// <param name="rows">H/p</param>
    /// <param name="patch">p</param>
    /// <param name="channels">C</param>
    /// <returns><c>[B, C, H, W]</c>; the caller owns it.</returns>
    public static Tensor Join(Tensor tokens, long rows, int patch, int channels)
    {
        var (batch, columns) = (tokens.shape[0], tokens.shape[1] / rows);
        using var split = tokens.view(batch, rows, columns, patch, patch, channels);
        using var ordered = split.permute(0, 5, 1, 3, 2, 4); // [B, C, H/p, p, W/p, p]
        return ordered.reshape(batch, channels, rows * patch, columns * patch);
    }
}
