using DiTFastAttn.Models.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>
/// CLIP's text tower (Radford et al. 2021, arXiv 2103.00020): token ids <c>[B, L]</c> to states <c>[B, L, d]</c> and one state <c>[B, d]</c> a
/// text. Attention sites are named <c>encoder.layers.N.self_attn</c>.
/// </summary>
/// <remarks>Parameters are zero (those of norms 1) until weights are loaded. Not to be constructed inside a dispose scope.</remarks>
public sealed class ClipTextModel : Module<Tensor, Tensor?, ClipStates>
{
    private const int LegacyEosTokenId = 2;

    private readonly ClipTextEmbeddings embeddings;
    private readonly ClipLayers encoder;
    private readonly LayerNorm final_layer_norm;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="dtype">The parameters' dtype.</param>
    /// <param name="device">Where the parameters lie; on <see cref="META"/> there are names and shapes only.</param>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public ClipTextModel(ClipTextConfig config, ScalarType dtype = ScalarType.Float32, Device? device = null)
        : base(nameof(ClipTextModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        embeddings = new ClipTextEmbeddings(config, dtype, device);
        encoder = new ClipLayers(config.Tower, isCausal: true, dtype, device);
        final_layer_norm = LayerNorm(config.Tower.HiddenSize, config.Tower.LayerNormEps, dtype: dtype, device: device);
        RegisterComponents();
    }

    /// <summary>The model's sizes.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>Encodes tokens.</summary>
    /// <param name="ids">Token ids <c>[B, L]</c>, int64.</param>
    /// <param name="mask"><c>[B, L]</c>: 1 for tokens that take part, 0 for padding; or <see langword="null"/>.</param>
    /// <returns>All states behind the last norm, and the pooled one of the end token; the caller owns both.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, there are more tokens than positions, or an id is out of range.</exception>
    public override ClipStates forward(Tensor ids, Tensor? mask)
    {
        TokenIds.Check(ids, mask, Config.VocabSize);
        if (ids.shape[1] > Config.MaxPositionEmbeddings)
        {
            throw new ArgumentException($"{ids.shape[1]} tokens are more than the {Config.MaxPositionEmbeddings} positions that the model knows.", nameof(ids));
        }

        using var scope = NewDisposeScope();
        var states = final_layer_norm.forward(encoder.forward(embeddings.forward(ids), mask?.to(ScalarType.Bool)));
        var pooled = states[arange(ids.shape[0], device: ids.device), EndPositions(ids)]; // [B, L, d] -> [B, d]
        return new ClipStates(states.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope());
    }

    private Tensor EndPositions(Tensor ids)
        => Config.EosTokenId == LegacyEosTokenId ? ids.argmax(1) : ids.eq(Config.EosTokenId).to(ScalarType.Int32).argmax(1);
}
