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

    /// <summary>Predicts noise (or what the model was trained for) and, where learned, the variance.</summary>
    /// <param name="x">Latents <c>[B, C, S, S]</c></param>
    /// <param name="t">Timesteps <c>[B]</c>, whole or fractional.</param>
    /// <param name="y">Labels <c>[B]</c>, int64; K stands for "no class".</param>
    /// <returns><c>[B, out, S, S]</c> in the weights' dtype; the caller owns it.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or a label is out of range.</exception>
    public override Tensor forward(Tensor x, Tensor t, Tensor y)
    {
        CheckInputs(x, t, y);
        using var scope = NewDisposeScope();
        var tokens = pos_embed.forward(x).add_(get_buffer(PositionTableName)!);
        var sinusoids = TimestepSinusoid.Embed(t, FrequencyDivisor).to(pos_embed.Dtype);
        foreach (var block in transformer_blocks)
        {
            var previous = tokens;
            tokens = block.forward(previous, sinusoids, y);
            previous.Dispose();
        }

        // The last layer has no conditioning of its own: it takes the first block's.
        var modulation = proj_out_1.forward(transformer_blocks[0].Condition(sinusoids, y).silu());
        var patches = AdaLNZero.Final(tokens, modulation, proj_out_2);
        return Patches.Join(patches, Config.PatchSize, Geometry.OutChannels).MoveToOuterDisposeScope();
    }
}
