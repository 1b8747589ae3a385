using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.PixArt;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>
/// PixArt in the layout of diffusers (PixArtTransformer2DModel): its state-dict names. Attention sites are named
/// <c>transformer_blocks.N.attn1</c> (among the tokens) and <c>transformer_blocks.N.attn2</c> (to the caption). Guidance is the pipeline's.
/// </summary>
/// <remarks>Parameters are zero until <see cref="PixArtModel.LoadWeights"/>. Not to be constructed inside a dispose scope.</remarks>
public sealed class PixArtTransformer : PixArtModel
{
    private readonly PatchEmbedding pos_embed;
    private readonly ModuleList<PixArtTransformerBlock> transformer_blocks;
    private readonly Parameter scale_shift_table;
    private readonly Linear proj_out;
    private readonly DiffusersAdaLNSingle adaln_single;
    private readonly DiffusersTextProjection caption_projection;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public PixArtTransformer(PixArtTransformerConfig config)
        : base(nameof(PixArtTransformer))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        Geometry = config.Geometry;
        pos_embed = new PatchEmbedding(config.PatchSize, config.InChannels, config.Width);
        transformer_blocks = new ModuleList<PixArtTransformerBlock>();
        for (var i = 0; i < config.NumLayers; i++)
        {
            transformer_blocks.Add(new PixArtTransformerBlock(config));
        }

        scale_shift_table = Layers.Zeros(2, config.Width);
        proj_out = Layers.Linear(config.Width, config.PatchSize * config.PatchSize * Geometry.OutChannels);
        adaln_single = new DiffusersAdaLNSingle(config.Width, Geometry.TakesPictureSize);
        caption_projection = new DiffusersTextProjection(config.CaptionChannels, config.Width);
        RegisterComponents();
    }

    /// <summary>The model's sizes.</summary>
    public PixArtTransformerConfig Config { get; }

    /// <inheritdoc/>
    public override PixArtGeometry Geometry { get; }

    internal override int BlockCount => transformer_blocks.Count;

    internal override ScalarType Dtype => pos_embed.Dtype;

    internal override Tensor EmbedPatches(Tensor latents) => pos_embed.forward(latents);

    internal override Tensor EmbedTimesteps(Tensor sinusoids) => adaln_single.Condition.forward(sinusoids);

    internal override Tensor EmbedSizes(Tensor sinusoids, bool isRatio) => adaln_single.Condition.EmbedSizes(sinusoids, isRatio);

    internal override Tensor Modulate(Tensor condition) => adaln_single.forward(condition);

    internal override Tensor ProjectCaptions(Tensor captions) => caption_projection.forward(captions);

    internal override Tensor ReadMask(Tensor mask, long batch) => CaptionMask.ForDiffusers(mask, batch, Dtype);

    internal override Tensor Block(int block, Tensor tokens, int rows, Tensor modulation, Tensor captions, Tensor? mask)
        => transformer_blocks[block].forward(tokens, modulation, captions, mask);

    internal override Tensor Final(Tensor tokens, Tensor condition) => AdaLNSingle.Final(tokens, scale_shift_table, condition, proj_out);
}
