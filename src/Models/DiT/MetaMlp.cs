using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>The feed-forward in Meta's layout: tokens <c>[B, L, d]</c> to tokens.</summary>
internal sealed class MetaMlp : Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;

    public MetaMlp(int width, int hiddenWidth)
        : this(width, hiddenWidth, width)
    {
    }

    public MetaMlp(int inputs, int hiddenWidth, int outputs)
        : base(nameof(MetaMlp))
    {
        fc1 = Layers.Linear(inputs, hiddenWidth);
        fc2 = Layers.Linear(hiddenWidth, outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        using var hidden = GeluTanh.Apply(fc1.forward(tokens));
        return fc2.forward(hidden);
    }
}
