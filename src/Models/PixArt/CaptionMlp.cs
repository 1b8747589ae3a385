using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>Text embeddings <c>[B, L, caption_channels]</c> to the model's width <c>[B, L, d]</c>, in the authors' layout.</summary>
internal sealed class CaptionMlp : Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;

    public CaptionMlp(int captionWidth, int width)
        : base(nameof(CaptionMlp))
    {
        fc1 = Layers.Linear(captionWidth, width);
        fc2 = Layers.Linear(width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor text)
    {
        using var hidden = GeluTanh.Apply(fc1.forward(text));
        return fc2.forward(hidden);
    }
}
