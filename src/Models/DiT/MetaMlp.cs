using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>The feed-forward in Meta's layout: tokens <c>[B, L, d]</c> to tokens.</summary>
internal sealed partial class MetaMlp : Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;

    public MetaMlp(int width, int hiddenWidth)
        : base(nameof(MetaMlp))
    {
        (Width, MultiplyAccumulates) = (width, 2L * width * hiddenWidth);
        fc1 = Layers.Linear(width, hiddenWidth);
        fc2 = Layers.Linear(hiddenWidth, width);
        RegisterComponents();
    }

    private int Width { get; }

    /// <summary>Of one token.</summary>
    private long MultiplyAccumulates { get; }

    [SubLayerSite(Compute = nameof(Transform), Width = nameof(Width), MultiplyAccumulates = nameof(MultiplyAccumulates))]
    public override partial Tensor forward(Tensor tokens);

    private Tensor Transform(Tensor tokens)
    {
        using var hidden = GeluTanh.Apply(fc1.forward(tokens));
        return fc2.forward(hidden);
    }
}
