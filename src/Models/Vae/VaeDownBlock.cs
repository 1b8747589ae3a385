using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Vae;

/// <summary>A level of the encoder: <c>[B, C, H, W]</c> to <c>[B, C', H/2, W/2]</c>, or without halving at the last.</summary>
internal sealed class VaeDownBlock : Module<Tensor, Tensor>
{
    private readonly ModuleList<VaeResnetBlock> resnets;
    private readonly ModuleList<VaeDownsample> downsamplers;

    public VaeDownBlock(int inputs, int outputs, int layers, int groups, bool halves, Device? device)
        : base(nameof(VaeDownBlock))
    {
        resnets = new ModuleList<VaeResnetBlock>();
        for (var i = 0; i < layers; i++)
        {
            resnets.Add(new VaeResnetBlock(i == 0 ? inputs : outputs, outputs, groups, device));
        }

        downsamplers = new ModuleList<VaeDownsample>();
        if (halves)
        {
            downsamplers.Add(new VaeDownsample(outputs, device));
        }

        RegisterComponents();
    }

    /// <summary>What it does, one after the other: whoever takes these instead of the whole can free its input earlier.</summary>
    public IReadOnlyList<Module<Tensor, Tensor>> Parts => [.. resnets, .. downsamplers];

    public override Tensor forward(Tensor x) => VaeLayers.Chain(x.alias(), Parts);
}
