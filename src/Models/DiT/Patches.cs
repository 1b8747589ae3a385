using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.DiT;

/// <summary>Latents to patches and back. Tokens go row by row.</summary>
internal static class Patches
{
    /// <summary>Cuts latents into patches, each laid out as a convolution's kernel is.</summary>
    /// <param name="latents"><c>[B, C, S, S]</c></param>
    /// <param name="patch">p</param>
    /// <returns><c>[B, L, C·p·p]</c>; the caller owns it.</returns>
    public static Tensor Cut(Tensor latents, int patch)
    {
        var (batch, channels, grid) = (latents.shape[0], latents.shape[1], latents.shape[2] / patch);
        using var split = latents.reshape(batch, channels, grid, patch, grid, patch);
        using var ordered = split.permute(0, 2, 4, 1, 3, 5); // [B, S/p, S/p, C, p, p]
        return ordered.reshape(batch, grid * grid, channels * patch * patch);
    }

    /// <summary>Puts patches together; within a token the channel is the fastest index.</summary>
    /// <param name="tokens"><c>[B, L, p·p·C]</c></param>
    /// <param name="patch">p</param>
    /// <param name="channels">C</param>
    /// <returns><c>[B, C, S, S]</c>; the caller owns it.</returns>
    public static Tensor Join(Tensor tokens, int patch, int channels)
    {
        var batch = tokens.shape[0];
        var grid = (long)Math.Round(Math.Sqrt(tokens.shape[1]));
        using var split = tokens.view(batch, grid, grid, patch, patch, channels);
        using var ordered = split.permute(0, 5, 1, 3, 2, 4); // [B, C, S/p, p, S/p, p]
        return ordered.reshape(batch, channels, grid * patch, grid * patch);
    }
}
