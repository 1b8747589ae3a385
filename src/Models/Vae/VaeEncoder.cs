using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Vae;

/// <summary>Pictures <c>[B, 3, H, W]</c> to moments <c>[B, 2·C, h, w]</c>.</summary>
internal sealed class VaeEncoder : Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in;
    private readonly ModuleList<VaeDownBlock> down_blocks;
    private readonly VaeMidBlock mid_block;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    public VaeEncoder(AutoencoderKLConfig config, Device? device)
        : base(nameof(VaeEncoder))
    {
        var (channels, groups) = (config.BlockOutChannels, config.NormNumGroups);
        conv_in = VaeLayers.Conv(config.InChannels, channels[0], 3, device);
        down_blocks = new ModuleList<VaeDownBlock>();
        for (var i = 0; i < channels.Count; i++)
        {
            down_blocks.Add(new VaeDownBlock(channels[Math.Max(i - 1, 0)], channels[i], config.LayersPerBlock, groups, halves: i < channels.Count - 1, device));
        }

        mid_block = new VaeMidBlock(config, device);
        conv_norm_out = VaeLayers.Norm(groups, channels[^1], device);
        conv_out = VaeLayers.Conv(channels[^1], 2 * config.LatentChannels, 3, device);
        RegisterComponents();
    }

    /// <summary>Told the value behind each part.</summary>
    public Action<string, Tensor>? Observer { get; set; }

    public override Tensor forward(Tensor image)
    {
        using var hidden = VaeLayers.Chain(
            image.alias(), [("conv_in", conv_in), .. down_blocks.SelectMany((block, i) => VaeLayers.Named($"down{i}", block.Parts)), ("mid_block", mid_block)], Observer);
        return VaeLayers.NormSiluConv(conv_norm_out, conv_out, hidden, overwrite: true);
    }
}
