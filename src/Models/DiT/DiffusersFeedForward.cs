using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>The feed-forward in diffusers' layout, four times as wide inside: tokens <c>[B, L, d]</c> to tokens.</summary>
internal sealed partial class DiffusersFeedForward : Module<Tensor, Tensor>
{
    private const int Ratio = 4;

    private readonly Sequential net;

    public DiffusersFeedForward(int width)
        : base(nameof(DiffusersFeedForward))
    {
        (Width, MultiplyAccumulates) = (width, 2L * width * Ratio * width);
        net = Sequential(("0", new GeluProjection(width, Ratio * width)), ("2", Layers.Linear(Ratio * width, width)));
        RegisterComponents();
    }

    private int Width { get; }

    /// <summary>Of one token.</summary>
    private long MultiplyAccumulates { get; }

    [SubLayerSite(Compute = nameof(Transform), Width = nameof(Width), MultiplyAccumulates = nameof(MultiplyAccumulates))]
    public override partial Tensor forward(Tensor tokens);

    private Tensor Transform(Tensor tokens) => net.forward(tokens);

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
