using DiTFastAttn.Models.DiT;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>Captions <c>[B, Lc, c]</c> to the tokens' width <c>[B, Lc, d]</c>, in the authors' layout.</summary>
internal sealed class PixArtMSCaptionEmbedder : Module<Tensor, Tensor>
{
    private readonly CaptionMlp y_proj;

    // The caption that stands for none where training dropped the text; sampling encodes an empty prompt instead.
    private readonly Tensor y_embedding;

    public PixArtMSCaptionEmbedder(int captionWidth, int width, int captionTokens)
        : base(nameof(PixArtMSCaptionEmbedder))
    {
        y_proj = new CaptionMlp(captionWidth, width);
        y_embedding = zeros(captionTokens, captionWidth, device: Layers.Device, dtype: Layers.Dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor captions) => y_proj.forward(captions);
}
