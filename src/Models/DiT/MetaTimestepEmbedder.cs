using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>Sinusoids of timesteps <c>[B, 256]</c> to vectors <c>[B, d]</c>, in Meta's layout.</summary>
internal sealed class MetaTimestepEmbedder : Module<Tensor, Tensor>
{
    private readonly Sequential mlp;

    public MetaTimestepEmbedder(int width)
        : base(nameof(MetaTimestepEmbedder))
    {
        mlp = Sequential(("0", Layers.Linear(TimestepSinusoid.Width, width)), ("1", SiLU()), ("2", Layers.Linear(width, width)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor sinusoids) => mlp.forward(sinusoids);
}
