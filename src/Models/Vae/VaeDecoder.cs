using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Vae;

/// <summary>Latents <c>[B, C, h, w]</c> to pictures <c>[B, 3, H, W]</c>; <c>up_blocks.0</c> is the one nearest the latents.</summary>
internal sealed class VaeDecoder : Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in;
    private readonly VaeMidBlock mid_block;
    private readonly ModuleList<VaeUpBlock> up_blocks;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    public VaeDecoder(AutoencoderKLConfig config, Device? device)
        : base(nameof(VaeDecoder))
    {
        var (channels, groups) = (config.BlockOutChannels, config.NormNumGroups);
        conv_in = VaeLayers.Conv(config.LatentChannels, channels[^1], 3, device);
        mid_block = new VaeMidBlock(config, device);
        up_blocks = new ModuleList<VaeUpBlock>();
        for (var i = channels.Count - 1; i >= 0; i--)
        {
            up_blocks.Add(new VaeUpBlock(channels[Math.Min(i + 1, channels.Count - 1)], channels[i], config.LayersPerBlock + 1, groups, doubles: i > 0, device));
        }

        conv_norm_out = VaeLayers.Norm(groups, channels[0], device);
        conv_out = VaeLayers.Conv(channels[0], config.OutChannels, 3, device);
        RegisterComponents();
    }

    public ScalarType Dtype => conv_in.weight.dtype;

    /// <summary>Told the value behind each part.</summary>
    public Action<string, Tensor>? Observer { get; set; }

    public override Tensor forward(Tensor latents)
    {
        using var hidden = VaeLayers.Chain(
            latents.alias(), [("conv_in", conv_in), ("mid_block", mid_block), .. up_blocks.SelectMany((block, i) => VaeLayers.Named($"up{i}", block.Parts))], Observer);
        return VaeLayers.NormSiluConv(conv_norm_out, conv_out, hidden, overwrite: true);
    }
}
