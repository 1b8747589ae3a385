using DiTFastAttn.Models.Text;
using DiTFastAttn.Models.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>
/// CLIP's vision tower, a ViT (Radford et al. 2021, arXiv 2103.00020): pictures <c>[B, C, S, S]</c> to states <c>[B, 1 + (S/p)², d]</c> and one
/// state <c>[B, d]</c> a picture. Attention sites are named <c>encoder.layers.N.self_attn</c>.
/// </summary>
/// <remarks>Parameters are zero (those of norms 1) until weights are loaded. Not to be constructed inside a dispose scope.</remarks>
public sealed class ClipVisionModel : Module<Tensor, ClipStates>
{
    private readonly ClipVisionEmbeddings embeddings;
    private readonly LayerNorm pre_layrnorm;
    private readonly ClipLayers encoder;
    private readonly LayerNorm post_layernorm;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="dtype">The parameters' dtype.</param>
    /// <param name="device">Where the parameters lie; on <see cref="META"/> there are names and shapes only.</param>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public ClipVisionModel(ClipVisionConfig config, ScalarType dtype = ScalarType.Float32, Device? device = null)
        : base(nameof(ClipVisionModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        var (width, epsilon) = (config.Tower.HiddenSize, config.Tower.LayerNormEps);
        embeddings = new ClipVisionEmbeddings(config, dtype, device);
        pre_layrnorm = LayerNorm(width, epsilon, dtype: dtype, device: device);
        encoder = new ClipLayers(config.Tower, isCausal: false, dtype, device);
        post_layernorm = LayerNorm(width, epsilon, dtype: dtype, device: device);
        RegisterComponents();
    }

    /// <summary>The model's sizes.</summary>
    public ClipVisionConfig Config { get; }

    /// <summary>Encodes pictures.</summary>
    /// <param name="pixels">Normalised pictures <c>[B, C, S, S]</c>, see <see cref="ClipImageProcessor"/>.</param>
    /// <returns>All states before the last norm, and that of the class token behind it; the caller owns both.</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public override ClipStates forward(Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.shape is not [> 0, var channels, var rows, var columns]
            || channels != Config.NumChannels || rows != Config.ImageSize || columns != Config.ImageSize)
        {
            throw new ArgumentException(
                $"pictures have shape {SafetensorsTypes.ShapeText(pixels.shape)}; this model takes [B, {Config.NumChannels}, {Config.ImageSize}, {Config.ImageSize}].",
                nameof(pixels));
        }

        using var scope = NewDisposeScope();
        var states = encoder.forward(pre_layrnorm.forward(embeddings.forward(pixels)), null);
        var pooled = post_layernorm.forward(states.select(1, 0));
        return new ClipStates(states.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope());
    }
}
