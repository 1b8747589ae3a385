using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.PixArt;

/// <summary>How a caption's mask reaches cross-attention: as keys that take part, <c>[B, Lc]</c> bool, or as a bias <c>[B, 1, Lc]</c>.</summary>
internal static class CaptionMask
{
    private const double Dropped = -10000;

    /// <summary>
    /// Diffusers' reading: a keep mask m becomes the bias (1 − m)·(−10000), which is not −∞: a caption whose tokens are all dropped is attended to
    /// as if none were. Where no caption is so, dropping the keys gives the same, and costs nothing for them.
    /// </summary>
    /// <param name="mask"><c>[B, Lc]</c>, or a bias <c>[B, 1, Lc]</c>.</param>
    /// <param name="batch">B</param>
    /// <param name="dtype">The model's.</param>
    /// <returns>A tensor that the caller owns.</returns>
    public static Tensor ForDiffusers(Tensor mask, long batch, ScalarType dtype)
    {
        if (mask.dim() == 3)
        {
            return mask.to(dtype, copy: true);
        }

        using var scope = NewDisposeScope();
        var keep = mask.ne(0);
        if (keep.eq(mask).all().item<bool>() && keep.any(1).all().item<bool>())
        {
            return ForOriginal(mask, batch).MoveToOuterDisposeScope();
        }

        return ((1 - mask.to(dtype).repeat(batch / mask.shape[0], 1)) * Dropped).unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>The authors' reading: dropped tokens are removed. A mask for fewer captions is repeated.</summary>
    /// <param name="mask"><c>[b, Lc]</c>, b a divisor of the batch.</param>
    /// <param name="batch">B</param>
    /// <returns><c>[B, Lc]</c> bool; the caller owns it.</returns>
    public static Tensor ForOriginal(Tensor mask, long batch)
    {
        using var keep = mask.ne(0);
        return keep.repeat(batch / mask.shape[0], 1);
    }

    /// <summary>Queries, keys and values with the mask; the mask stays the caller's.</summary>
    public static AttentionInput Apply(Tensor? mask, Tensor query, Tensor key, Tensor value) => new(query, key, value)
    {
        KeyMask = mask?.dtype == ScalarType.Bool ? mask.alias() : null,
        Bias = mask is not null && mask.dtype != ScalarType.Bool ? mask.unsqueeze(1) : null, // [B, 1, Lc] -> [B, 1, 1, Lc]
    };
}
