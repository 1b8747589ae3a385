using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Vae;

/// <summary>A level of the decoder: <c>[B, C, H, W]</c> to <c>[B, C', 2·H, 2·W]</c>, or without doubling at the last.</summary>
internal sealed class VaeUpBlock : Module<Tensor, Tensor>
{
    private readonly ModuleList<VaeResnetBlock> resnets;
    private readonly ModuleList<VaeUpsample> upsamplers;

    public VaeUpBlock(int inputs, int outputs, int layers, int groups, bool doubles, Device? device)
        : base(nameof(VaeUpBlock))
    {
        resnets = new ModuleList<VaeResnetBlock>();
        for (var i = 0; i < layers; i++)
        {
            resnets.Add(new VaeResnetBlock(i == 0 ? inputs : outputs, outputs, groups, device));
        }

        upsamplers = new ModuleList<VaeUpsample>();
        if (doubles)
        {
            upsamplers.Add(new VaeUpsample(outputs, device));
        }

        RegisterComponents();
    }

    /// <summary>What it does, one after the other: whoever takes these instead of the whole can free its input earlier.</summary>
    public IReadOnlyList<Module<Tensor, Tensor>> Parts => [.. resnets, .. upsamplers];

    public override Tensor forward(Tensor x) => VaeLayers.Chain(x.alias(), Parts);
}
