using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>The layers of a tower.</summary>
internal sealed class ClipLayers : Module<Tensor, Tensor?, Tensor>
{
    private readonly ModuleList<ClipLayer> layers;

    public ClipLayers(ClipTowerConfig config, bool isCausal, ScalarType dtype, Device? device)
        : base(nameof(ClipLayers))
    {
        layers = new ModuleList<ClipLayer>();
        for (var i = 0; i < config.NumHiddenLayers; i++)
        {
            layers.Add(new ClipLayer(config, isCausal, dtype, device));
        }

        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden, Tensor? mask)
    {
        var tokens = hidden.alias();
        foreach (var layer in layers)
        {
            using var previous = tokens;
            tokens = layer.forward(previous, mask);
        }

        return tokens;
    }
}
