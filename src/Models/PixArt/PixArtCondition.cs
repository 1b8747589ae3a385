using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>What a call of PixArt is conditioned on beside the timestep. The tensors stay the caller's.</summary>
/// <param name="Captions">Text states <c>[B, Lc, c]</c> of the text encoder.</param>
public sealed record PixArtCondition(Tensor Captions)
{
    /// <summary>
    /// Which caption tokens count: <c>[B, Lc]</c>, 1 keeps and 0 drops; or <c>[B, 1, Lc]</c>, added to the scores as it is (diffusers' layout only);
    /// or <see langword="null"/> for all.
    /// </summary>
    public Tensor? CaptionMask { get; init; }

    /// <summary>Height and width of the pictures in pixels, <c>[B, 2]</c>: for models that take the picture's size.</summary>
    public Tensor? Resolution { get; init; }

    /// <summary>Height over width, <c>[B, 1]</c>: for models that take the picture's size.</summary>
    public Tensor? AspectRatio { get; init; }
}
