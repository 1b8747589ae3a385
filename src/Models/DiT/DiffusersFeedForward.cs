using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>The feed-forward in diffusers' layout, four times as wide inside: tokens <c>[B, L, d]</c> to tokens.</summary>
internal sealed class DiffusersFeedForward : Module<Tensor, Tensor>
{
    private const int Ratio = 4;

    private readonly Sequential net;

    public DiffusersFeedForward(int width)
        : base(nameof(DiffusersFeedForward))
    {
        net = Sequential(("0", new GeluProjection(width, Ratio * width)), ("2", Layers.Linear(Ratio * width, width)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens) => net.forward(tokens);

    private sealed class GeluProjection : Module<Tensor, Tensor>
    {
        private readonly Linear proj;

        public GeluProjection(int width, int hiddenWidth)
            : base(nameof(GeluProjection))
        {
            proj = Layers.Linear(width, hiddenWidth);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens) => GeluTanh.Apply(proj.forward(tokens));
    }
}
