using TorchSharp;

namespace DiTFastAttn.Models;

/// <summary>Frames to latents and back: an autoencoder as OpenSora uses it, frame by frame, T frames to T latents.</summary>
public interface IVideoCodec
{
    /// <summary>Encodes.</summary>
    /// <param name="frames"><c>[3, T, H, W]</c> in [−1, 1]; stays the caller's.</param>
    /// <returns><c>[C, T, H/8, W/8]</c>, scaled as the transformer wants them; the caller owns it.</returns>
    torch.Tensor Encode(torch.Tensor frames);

    /// <summary>Decodes.</summary>
    /// <param name="latents"><c>[C, T, h, w]</c>; stays the caller's.</param>
    /// <returns><c>[3, T, 8·h, 8·w]</c>, about −1 to 1; the caller owns it.</returns>
    torch.Tensor Decode(torch.Tensor latents);
}
