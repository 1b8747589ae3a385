using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Hosting.Tests;

public sealed partial class ToyFeedForward : Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly long _width;

    public ToyFeedForward(long width)
        : base(nameof(ToyFeedForward))
    {
        _width = width;
        fc1 = Linear(width, 2 * width);
        fc2 = Linear(2 * width, width);
        RegisterComponents();
    }

    public int Calls { get; private set; }

    private long Work => 4 * _width * _width;

    [SubLayerSite(Compute = nameof(Transform), Width = nameof(_width), MultiplyAccumulates = nameof(Work))]
    public override partial Tensor forward(Tensor hidden);

    private Tensor Transform(Tensor hidden)
    {
        Calls++;
        using var inner = fc1.forward(hidden);
        using var active = inner.tanh();
        return fc2.forward(active);
    }
}
