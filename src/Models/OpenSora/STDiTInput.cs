using TorchSharp;

namespace DiTFastAttn.Models;

/// <summary>What a call of an <see cref="STDiTModel"/> takes. The tensors stay the caller's.</summary>
/// <param name="Latents"><c>[B, C, T, H, W]</c></param>
/// <param name="Timesteps"><c>[B]</c>, whole or fractional.</param>
/// <param name="Text">Embeddings of the text encoder, <c>[B, 1, L, caption_channels]</c>.</param>
public sealed record STDiTInput(torch.Tensor Latents, torch.Tensor Timesteps, torch.Tensor Text)
{
    /// <summary>
    /// Which text tokens there are, <c>[b, L]</c>, other than 0 for those; all where it is <see langword="null"/>. Fewer rows than the batch has
    /// are repeated as a whole.
    /// </summary>
    public torch.Tensor? TextMask { get; init; }

    /// <summary>
    /// Which frames are being denoised, bool <c>[B, T]</c>; all where it is <see langword="null"/>. The others count as being at timestep 0: they
    /// are conditions.
    /// </summary>
    public torch.Tensor? FrameMask { get; init; }

    /// <summary>Sizes and frame rate; STDiT2 needs them, STDiT takes none.</summary>
    public VideoSizes? Sizes { get; init; }

    /// <summary>Told intermediate values by name, borrowed: <c>pos_emb</c>, <c>block0.spatial</c>. For checks against the reference.</summary>
    internal Action<string, torch.Tensor>? Observe { get; init; }
}
