using DiTFastAttn.Models.Vae;
using DiTFastAttn.Models.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>
/// The variational autoencoder of latent diffusion (Rombach et al. 2022, arXiv 2112.10752; Kingma &amp; Welling 2013), diffusers'
/// AutoencoderKL: pictures <c>[B, 3, H, W]</c> in [−1, 1] to latents <c>[B, C, H/f, W/f]</c> and back, f = 8 for Stable Diffusion's.
/// </summary>
/// <remarks>
/// Parameters are zero until <see cref="LoadWeights"/>. The attention of encoder and decoder is declared as sites
/// (<c>encoder.mid_block.attentions.0</c>, <c>decoder.mid_block.attentions.0</c>); a model that nobody attaches computes it in full. No gradient
/// is recorded. Not to be constructed inside a dispose scope.
/// </remarks>
public sealed class AutoencoderKL : Module<Tensor, Tensor>
{
    private readonly VaeEncoder encoder;
    private readonly VaeDecoder decoder;
    private readonly Conv2d? quant_conv;
    private readonly Conv2d? post_quant_conv;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="device">Where its parameters lie; on <see cref="META"/> they have names and shapes, and no memory.</param>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public AutoencoderKL(AutoencoderKLConfig config, Device? device = null)
        : base(nameof(AutoencoderKL))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        encoder = new VaeEncoder(config, device);
        decoder = new VaeDecoder(config, device);
        quant_conv = config.UseQuantConv ? VaeLayers.Conv(2 * config.LatentChannels, 2 * config.LatentChannels, 1, device) : null;
        post_quant_conv = config.UsePostQuantConv ? VaeLayers.Conv(config.LatentChannels, config.LatentChannels, 1, device) : null;
        RegisterComponents();
    }

    /// <summary>The model's sizes.</summary>
    public AutoencoderKLConfig Config { get; }

    /// <summary>Whether large pictures are encoded and decoded in tiles, and how. Tiles change the result a little and bound the memory.</summary>
    public VaeTiling? Tiling { get; set; }

    /// <summary>Whether a batch is encoded and decoded one sample after the other: less memory, the same result.</summary>
    public bool Slicing { get; set; }

    /// <summary>
    /// Told the value behind each part of encoder and decoder, for looking into them: <c>conv_in</c>, <c>down0</c> …, <c>mid_block</c>, <c>up0</c> …. The
    /// tensors are valid during the call only.
    /// </summary>
    internal Action<string, Tensor>? Observer
    {
        get => encoder.Observer;
        set => (encoder.Observer, decoder.Observer) = (value, value);
    }

    /// <summary>Dtype of the weights, and of what is computed with them.</summary>
    internal ScalarType Dtype => decoder.Dtype;

    /// <summary>Parameters of the attention, by the names that earlier checkpoints have and by today's.</summary>
    internal IEnumerable<(string Earlier, string Name)> EarlierNames => VaeWeights.EarlierNames(state_dict().Keys);

    /// <summary>Loads weights in diffusers' layout, with today's or the earlier names of the attention's parameters.</summary>
    /// <param name="source">The weights; stays the caller's.</param>
    /// <exception cref="WeightFileException">The weights do not fit.</exception>
    public void LoadWeights(IWeightSource source) => new VaeWeights(source).LoadInto(this);

    /// <summary>Encodes pictures.</summary>
    /// <param name="image"><c>[B, 3, H, W]</c> in [−1, 1]; stays the caller's.</param>
    /// <returns>The distribution of unscaled latents <c>[B, C, H/f, W/f]</c>, rounded down; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public DiagonalGaussian Encode(Tensor image)
    {
        CheckShape(image, nameof(image), "pictures", Config.InChannels, Config.SpatialFactor);
        using var noGrad = no_grad();
        return new DiagonalGaussian(OneByOne(image, part =>
            Tiling is { } tiling && tiling.CutsImage(part.shape) ? tiling.Encode(part, Config.SpatialFactor, Moments) : Moments(part)));
    }

    /// <summary>Decodes latents.</summary>
    /// <param name="latents">Unscaled <c>[B, C, h, w]</c>; stays the caller's.</param>
    /// <returns>Pictures <c>[B, 3, f·h, f·w]</c> of about [−1, 1], not clamped, in the weights' dtype; the caller owns them.</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public Tensor Decode(Tensor latents)
    {
        CheckShape(latents, nameof(latents), "latents", Config.LatentChannels, 1);
        using var noGrad = no_grad();
        return OneByOne(latents, part =>
            Tiling is { } tiling && tiling.CutsLatents(part.shape) ? tiling.Decode(part, Picture) : Picture(part));
    }

    /// <summary>Latents as a diffusion model knows them: <c>(z − shift)·scale</c>.</summary>
    /// <param name="latents">Unscaled; stays the caller's.</param>
    /// <returns>The same shape; the caller owns it.</returns>
    public Tensor Scale(Tensor latents)
    {
        ArgumentNullException.ThrowIfNull(latents);
        using var shifted = latents - Config.ShiftFactor;
        return shifted * Config.ScalingFactor;
    }

    /// <summary>Latents of a diffusion model as <see cref="Decode"/> takes them: <c>z/scale + shift</c>.</summary>
    /// <param name="latents">Scaled; stays the caller's.</param>
    /// <returns>The same shape; the caller owns it.</returns>
    public Tensor Unscale(Tensor latents)
    {
        ArgumentNullException.ThrowIfNull(latents);
        using var divided = latents / Config.ScalingFactor;
        return divided + Config.ShiftFactor;
    }

    /// <summary>The bytes that decoding takes at most besides weights, latents and picture: what one call of the decoder holds at its widest.</summary>
    /// <param name="shape">Of unscaled latents, <c>[B, C, h, w]</c>.</param>
    public long DecodingBytes(ReadOnlySpan<long> shape) => VaeMemory.Decoding(Config, shape, Tiling, Slicing);

    /// <summary>Pictures to the mean of their latents and back: <c>Decode(Encode(x).Mean)</c>.</summary>
    /// <param name="image"><c>[B, 3, H, W]</c> in [−1, 1]; stays the caller's.</param>
    /// <returns>Pictures; the caller owns them.</returns>
    public override Tensor forward(Tensor image)
    {
        using var posterior = Encode(image);
        return Decode(posterior.Mean);
    }

    /// <summary>Pictures [B, 3, H, W] -> mean and log variance [B, 2·C, H/f, W/f].</summary>
    private Tensor Moments(Tensor image)
    {
        using var input = VaeLayers.ChannelsLast(image, Dtype);
        var hidden = encoder.forward(input);
        if (quant_conv is null)
        {
            return hidden;
        }

        using (hidden)
        {
            return quant_conv.forward(hidden);
        }
    }

    /// <summary>Latents [B, C, h, w] -> pictures [B, 3, f·h, f·w].</summary>
    private Tensor Picture(Tensor latents)
    {
        using var input = VaeLayers.ChannelsLast(latents, Dtype);
        using var hidden = post_quant_conv is null ? input.alias() : post_quant_conv.forward(input);
        return decoder.forward(hidden);
    }

    private Tensor OneByOne(Tensor batch, Func<Tensor, Tensor> compute)
    {
        using var scope = NewDisposeScope();
        var result = Slicing && batch.shape[0] > 1 ? cat([.. batch.split(1).Select(compute)], 0) : compute(batch);
        return result.contiguous().MoveToOuterDisposeScope();
    }

    private static void CheckShape(Tensor tensor, string parameter, string what, int channels, int least)
    {
        ArgumentNullException.ThrowIfNull(tensor, parameter);
        if (tensor.shape is not [> 0, var found, var rows, var columns] || found != channels || rows < least || columns < least)
        {
            throw new ArgumentException(
                $"{what} have shape {SafetensorsTypes.ShapeText(tensor.shape)}; this model takes [B, {channels}, rows, columns] of at least {least}×{least}.", parameter);
        }
    }
}
