using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.PixArt;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>
/// PixArt in the layout of PixArt-alpha/PixArt-sigma (PixArtMS): its state-dict names. Attention sites are named <c>blocks.N.attn</c> (among the
/// tokens) and <c>blocks.N.cross_attn</c> (to the caption). Guidance is the pipeline's.
/// </summary>
/// <remarks>
/// Parameters are zero until <see cref="LoadWeights"/>. The buffers <c>pos_embed</c> and <c>y_embedder.y_embedding</c> belong to the layout and
/// are not read by a call: positions follow the latents' size. Not to be constructed inside a dispose scope.
/// </remarks>
public sealed class PixArtMS : PixArtModel
{
    private readonly Tensor pos_embed;
    private readonly PatchEmbedding x_embedder;
    private readonly MetaTimestepEmbedder t_embedder;
    private readonly Sequential t_block;
    private readonly PixArtMSCaptionEmbedder y_embedder;
    private readonly MetaTimestepEmbedder? csize_embedder;
    private readonly MetaTimestepEmbedder? ar_embedder;
    private readonly ModuleList<PixArtMSBlock> blocks;
    private readonly PixArtMSFinalLayer final_layer;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public PixArtMS(PixArtMSConfig config)
        : base(nameof(PixArtMS))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        Geometry = config.Geometry;
        var width = config.HiddenSize;
        pos_embed = PixArtPositions.Table(Geometry.BaseGrid, Geometry.BaseGrid, width, Geometry, Layers.Device ?? get_default_device());
        x_embedder = new PatchEmbedding(config.PatchSize, config.InChannels, width);
        t_embedder = new MetaTimestepEmbedder(width);
        t_block = Layers.SiluThenLinear(width, 6 * width);
        y_embedder = new PixArtMSCaptionEmbedder(config.CaptionChannels, width, config.ModelMaxLength);
        csize_embedder = config.MicroCondition ? new MetaTimestepEmbedder(width / 3) : null;
        ar_embedder = config.MicroCondition ? new MetaTimestepEmbedder(width / 3) : null;
        blocks = new ModuleList<PixArtMSBlock>();
        for (var i = 0; i < config.Depth; i++)
        {
            blocks.Add(new PixArtMSBlock(config, i));
        }

        final_layer = new PixArtMSFinalLayer(width, config.PatchSize, Geometry.OutChannels);
        RegisterComponents();
    }

    /// <summary>The model's sizes.</summary>
    public PixArtMSConfig Config { get; }

    /// <inheritdoc/>
    public override PixArtGeometry Geometry { get; }

    internal override int BlockCount => blocks.Count;

    internal override ScalarType Dtype => x_embedder.Dtype;

    /// <summary>Loads weights in the authors' layout. Files may lack its two buffers, or have them for another size: they are not read.</summary>
    /// <inheritdoc/>
    public override void LoadWeights(IWeightSource source) => PixArtKeyMap.WithoutBuffers(source).LoadInto(this, PixArtKeyMap.Buffers);

    internal override Tensor EmbedPatches(Tensor latents) => x_embedder.forward(latents);

    internal override Tensor EmbedTimesteps(Tensor sinusoids) => t_embedder.forward(sinusoids);

    internal override Tensor EmbedSizes(Tensor sinusoids, bool isRatio) => (isRatio ? ar_embedder : csize_embedder)!.forward(sinusoids);

    internal override Tensor Modulate(Tensor condition) => t_block.forward(condition);

    internal override Tensor ProjectCaptions(Tensor captions) => y_embedder.forward(captions);

    internal override Tensor ReadMask(Tensor mask, long batch) => mask.dim() == 2
        ? CaptionMask.ForOriginal(mask, batch)
        : throw new ArgumentException("the caption mask is a bias; this layout takes a mask [B, Lc] of kept tokens.", nameof(mask));

    internal override Tensor Block(int block, Tensor tokens, int rows, Tensor modulation, Tensor captions, Tensor? mask)
        => blocks[block].Compute(tokens, rows, modulation, captions, mask);

    internal override Tensor Final(Tensor tokens, Tensor condition) => final_layer.forward(tokens, condition);
}
