using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Vae;

/// <summary>The middle of encoder and decoder, <c>[B, C, h, w]</c>: a residual block, attention, a residual block.</summary>
internal sealed class VaeMidBlock : Module<Tensor, Tensor>
{
    private readonly ModuleList<VaeResnetBlock> resnets;
    private readonly ModuleList<VaeAttention> attentions;

    public VaeMidBlock(AutoencoderKLConfig config, Device? device)
        : base(nameof(VaeMidBlock))
    {
        var (channels, groups) = (config.BlockOutChannels[^1], config.NormNumGroups);
        resnets = new ModuleList<VaeResnetBlock>(new VaeResnetBlock(channels, channels, groups, device), new VaeResnetBlock(channels, channels, groups, device));
        attentions = new ModuleList<VaeAttention>();
        if (config.MidBlockAddAttention)
        {
            attentions.Add(new VaeAttention(channels, groups, device));
        }

        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => VaeLayers.Chain(resnets[0].forward(x), [.. attentions, resnets[1]]);
}
