using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>The timestep's vector <c>[B, d]</c> to the modulation of all blocks <c>[B, 6·d]</c>, in diffusers' layout.</summary>
internal sealed class DiffusersAdaLNSingle : Module<Tensor, Tensor>
{
    private readonly DiffusersSizeCondition emb;
    private readonly Linear linear;

    public DiffusersAdaLNSingle(int width, bool takesSize)
        : base(nameof(DiffusersAdaLNSingle))
    {
        emb = new DiffusersSizeCondition(width, takesSize);
        linear = Layers.Linear(width, 6 * width);
        RegisterComponents();
    }

    /// <summary>What makes the vector.</summary>
    public DiffusersSizeCondition Condition => emb;

    public override Tensor forward(Tensor condition)
    {
        using var activated = condition.silu();
        return linear.forward(activated);
    }
}
