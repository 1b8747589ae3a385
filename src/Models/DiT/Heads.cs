using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.DiT;

/// <summary>Tokens to heads and back, without copying where the memory allows.</summary>
internal static class Heads
{
    /// <summary>One of several projections that lie packed in a row.</summary>
    /// <param name="packed"><c>[B, L, parts, H, D]</c></param>
    /// <param name="part">Which.</param>
    /// <returns><c>[B, H, L, D]</c>, a view; the caller owns the handle.</returns>
    public static Tensor Of(Tensor packed, int part)
    {
        using var selected = packed.select(2, part);
        return selected.transpose(1, 2);
    }

    /// <summary>Splits tokens into heads.</summary>
    /// <param name="tokens"><c>[B, L, H·D]</c>; given up by the caller.</param>
    /// <param name="heads">H</param>
    /// <returns><c>[B, H, L, D]</c>, a view; the caller owns the handle.</returns>
    public static Tensor Split(Tensor tokens, int heads)
    {
        using var given = tokens;
        using var split = given.view(given.shape[0], given.shape[1], heads, given.shape[2] / heads);
        return split.transpose(1, 2);
    }

    /// <summary>Puts heads together; a view where the values lie token by token.</summary>
    /// <param name="attended"><c>[B, H, L, D]</c>; stays the caller's.</param>
    /// <returns><c>[B, L, H·D]</c>; the caller owns the handle.</returns>
    public static Tensor Merge(Tensor attended)
    {
        using var tokens = attended.transpose(1, 2);
        return tokens.reshape(tokens.shape[0], tokens.shape[1], tokens.shape[2] * tokens.shape[3]);
    }
}
