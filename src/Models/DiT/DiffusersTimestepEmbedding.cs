using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>Sinusoids of timesteps <c>[B, 256]</c> to vectors <c>[B, d]</c>, in diffusers' layout.</summary>
internal sealed class DiffusersTimestepEmbedding : Module<Tensor, Tensor>
{
    private readonly Linear linear_1;
    private readonly Linear linear_2;

    public DiffusersTimestepEmbedding(int width)
        : base(nameof(DiffusersTimestepEmbedding))
    {
        linear_1 = Layers.Linear(TimestepSinusoid.Width, width);
        linear_2 = Layers.Linear(width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor sinusoids)
    {
        using var hidden = linear_1.forward(sinusoids);
        using var activated = hidden.silu();
        return linear_2.forward(activated);
    }
}
