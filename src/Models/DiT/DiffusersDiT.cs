using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>
/// DiT in the layout of diffusers: its state-dict names, its timestep frequencies (divisor 127) and a conditioning of its
/// own in every block. Attention sites are named <c>transformer_blocks.N.attn1</c>. Guidance is the pipeline's.
/// </summary>
/// <remarks>
/// Parameters are zero until <see cref="DiTModel.LoadWeights"/>. The position table is computed and never stored. Not to
/// be constructed inside a dispose scope.
/// </remarks>
public sealed class DiffusersDiT : DiTModel
{
    private const int FrequencyDivisor = 127;
    private const string PositionTableName = "position_table";

    private readonly PatchEmbedding pos_embed;
    private readonly ModuleList<DiffusersDiTBlock> transformer_blocks;
    private readonly Linear proj_out_1;
    private readonly Linear proj_out_2;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public DiffusersDiT(DiffusersDiTConfig config)
        : base(nameof(DiffusersDiT))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        Geometry = config.Geometry;
        pos_embed = new PatchEmbedding(config.PatchSize, config.InChannels, config.Width);
        transformer_blocks = new ModuleList<DiffusersDiTBlock>();
        for (var i = 0; i < config.NumLayers; i++)
        {
            transformer_blocks.Add(new DiffusersDiTBlock(config));
        }

        proj_out_1 = Layers.Linear(config.Width, 2 * config.Width);
        proj_out_2 = Layers.Linear(config.Width, config.PatchSize * config.PatchSize * Geometry.OutChannels);
        RegisterComponents();
        register_buffer(PositionTableName, PositionTable.Compute(config.Grid, config.Width, config.Grid), persistent: false);
    }

    /// <summary>The model's sizes.</summary>
    public DiffusersDiTConfig Config { get; }

    /// <inheritdoc/>
    public override DiTGeometry Geometry { get; }

    /// <inheritdoc/>
    public override IBlockChain BeginBlocks(Tensor x, Tensor t, Tensor y)
    {
        CheckInputs(x, t, y);
        return new Chain(this, x, t, y);
    }

    private sealed class Chain : IBlockChain
    {
        private readonly DiffusersDiT _model;
        private readonly Tensor _latents;
        private readonly Tensor _labels;
        private readonly Tensor _sinusoids;

        public Chain(DiffusersDiT model, Tensor latents, Tensor timesteps, Tensor labels)
        {
            (_model, _latents, _labels) = (model, latents, labels);
            using var sinusoids = TimestepSinusoid.Embed(timesteps, FrequencyDivisor);
            _sinusoids = sinusoids.to(model.pos_embed.Dtype).DetachFromDisposeScope(); // [B, 256]
        }

        public int Blocks => _model.transformer_blocks.Count;

        public Tensor Embed() => _model.pos_embed.forward(_latents).add_(_model.get_buffer(PositionTableName)!);

        public Tensor Apply(int block, Tensor tokens) => _model.transformer_blocks[block].forward(tokens, _sinusoids, _labels);

        public Tensor Finish(Tensor tokens)
        {
            // The last layer has no conditioning of its own: it takes the first block's.
            using var scope = NewDisposeScope();
            var modulation = _model.proj_out_1.forward(_model.transformer_blocks[0].Condition(_sinusoids, _labels).silu());
            var patches = AdaLNZero.Final(tokens, modulation, _model.proj_out_2);
            return Patches.Join(patches, _model.Config.Grid, _model.Config.PatchSize, _model.Geometry.OutChannels).MoveToOuterDisposeScope();
        }

        public void Dispose() => _sinusoids.Dispose();
    }
}
