using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>Encoded prompts. The tensors stay the caller's.</summary>
/// <param name="States">Text states <c>[n, Lc, c]</c> of the text encoder.</param>
/// <param name="Mask">Which tokens are the prompt's, <c>[n, Lc]</c>: 1 for them, 0 for the padding; or <see langword="null"/> for all.</param>
public sealed record PixArtCaptions(Tensor States, Tensor? Mask)
{
    /// <summary>Each caption so many times in a row: several pictures of each prompt.</summary>
    /// <param name="times">At least 1.</param>
    /// <returns>Captions whose tensors the caller owns.</returns>
    public PixArtCaptions Repeat(int times) => new(States.repeat_interleave(times, 0), Mask?.repeat_interleave(times, 0));

    /// <summary>These captions and further ones behind them, in one batch.</summary>
    /// <param name="others">As long and as wide, and with a mask where these have one.</param>
    /// <returns>Captions whose tensors the caller owns.</returns>
    public PixArtCaptions Concat(PixArtCaptions others)
    {
        ArgumentNullException.ThrowIfNull(others);
        return new PixArtCaptions(cat([States, others.States], 0), Mask is null || others.Mask is null ? null : cat([Mask, others.Mask], 0));
    }
}
