using TorchSharp;

namespace DiTFastAttn.Models;

/// <summary>Texts as the text encoder gives them, one a video. The tensors stay the caller's.</summary>
/// <param name="Embeddings"><c>[n, 1, L, caption_channels]</c></param>
/// <param name="Mask">Other than 0 for tokens that there are, <c>[n, L]</c>; all where it is <see langword="null"/>.</param>
public sealed record VideoText(torch.Tensor Embeddings, torch.Tensor? Mask = null);
