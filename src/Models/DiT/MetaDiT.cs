using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>
/// DiT in the layout of facebookresearch/DiT: its state-dict names, its timestep frequencies (divisor 128) and one
/// conditioning vector for all blocks. Attention sites are named <c>blocks.N.attn</c>.
/// </summary>
/// <remarks>
/// Parameters are zero until <see cref="DiTModel.LoadWeights"/> or <see cref="InitializeWeights"/>; <c>pos_embed</c> is
/// computed. Not to be constructed inside a dispose scope.
/// </remarks>
public sealed class MetaDiT : DiTModel
{
    /// <summary>The computed table, which checkpoints may lack.</summary>
    internal const string PositionTableKey = "pos_embed";
    private const int FrequencyDivisor = 128;

    private readonly PatchEmbedding x_embedder;
    private readonly MetaTimestepEmbedder t_embedder;
    private readonly LabelEmbedding y_embedder;
    private readonly Parameter pos_embed;
    private readonly ModuleList<MetaDiTBlock> blocks;
    private readonly MetaFinalLayer final_layer;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public MetaDiT(MetaDiTConfig config)
        : base(nameof(MetaDiT))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        Geometry = config.Geometry;
        x_embedder = new PatchEmbedding(config.PatchSize, config.InChannels, config.HiddenSize);
        t_embedder = new MetaTimestepEmbedder(config.HiddenSize);
        y_embedder = new LabelEmbedding(Geometry.LabelRows, config.HiddenSize);
        pos_embed = Parameter(PositionTable.Compute(config.Grid, config.HiddenSize, config.PositionGrid ?? config.Grid), requires_grad: false);
        blocks = new ModuleList<MetaDiTBlock>();
        for (var i = 0; i < config.Depth; i++)
        {
            blocks.Add(new MetaDiTBlock(config));
        }

        final_layer = new MetaFinalLayer(config.HiddenSize, config.PatchSize, Geometry.OutChannels);
        RegisterComponents();
    }

    /// <summary>The model's sizes.</summary>
    public MetaDiTConfig Config { get; }

    /// <inheritdoc/>
    public override DiTGeometry Geometry { get; }

    /// <summary>Loads weights in Meta's layout. Files may lack <c>pos_embed</c>; the computed table then stays.</summary>
    /// <inheritdoc/>
    public override void LoadWeights(IWeightSource source) => source.LoadInto(this, PositionTableKey);

    /// <inheritdoc/>
    public override IBlockChain BeginBlocks(Tensor x, Tensor t, Tensor y)
    {
        CheckInputs(x, t, y);
        return new Chain(this, x, t, y);
    }

    /// <summary>
    /// Calls the model with classifier-free guidance inside: the first half of the latents serves both halves of the batch,
    /// and the first <paramref name="guidedChannels"/> channels of both halves become u + scale·(c − u), c and u the first
    /// (conditional) and the second half of the prediction. All further channels, the variance too, stay each half's own.
    /// </summary>
    /// <param name="x">Latents <c>[2n, C, S, S]</c>; the second half is not read.</param>
    /// <param name="t">Timesteps <c>[2n]</c></param>
    /// <param name="y">Labels <c>[2n]</c>: classes, then usually K.</param>
    /// <param name="scale">Guidance scale.</param>
    /// <param name="guidedChannels">Three in Meta's code, even with four latent channels.</param>
    /// <returns><c>[2n, out, S, S]</c>; the caller owns it.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or a label is out of range.</exception>
    public Tensor ForwardWithGuidance(Tensor x, Tensor t, Tensor y, double scale, int guidedChannels = 3)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.shape[0] % 2 != 0)
        {
            throw new ArgumentException($"the batch has {x.shape[0]} latents; guidance needs two equal halves.", nameof(x));
        }

        using var scope = NewDisposeScope();
        var n = x.shape[0] / 2;
        var first = x.narrow(0, 0, n);
        var prediction = forward(cat([first, first], 0), t, y);
        var guided = ClassifierFreeGuidance.Combine(
            prediction.narrow(0, 0, n).narrow(1, 0, guidedChannels), prediction.narrow(0, n, n).narrow(1, 0, guidedChannels), scale);
        var rest = prediction.narrow(1, guidedChannels, prediction.shape[1] - guidedChannels);
        return cat([cat([guided, guided], 0), rest], 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Fills the parameters as Meta's training does: Xavier-uniform linears and patch projection, biases 0, N(0, 0.02) for
    /// label table and timestep MLP, and zeros for every adaLN projection and the last linear, so that each block starts as
    /// the identity.
    /// </summary>
    /// <param name="generator">Where the random numbers come from.</param>
    public void InitializeWeights(Generator generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        using var noGrad = no_grad();
        foreach (var (name, parameter) in named_parameters())
        {
            if (string.Equals(name, PositionTableKey, StringComparison.Ordinal))
            {
                continue;
            }

            if (parameter.dim() < 2 || name.Contains("adaLN_modulation", StringComparison.Ordinal)
                || name.StartsWith("final_layer.linear", StringComparison.Ordinal))
            {
                init.zeros_(parameter);
            }
            else if (name.StartsWith("t_embedder", StringComparison.Ordinal) || name.StartsWith("y_embedder", StringComparison.Ordinal))
            {
                init.normal_(parameter, 0, 0.02, generator);
            }
            else
            {
                // Xavier-uniform on [outputs, inputs]; a convolution's kernel counts as inputs.
                var outputs = parameter.shape[0];
                var bound = Math.Sqrt(6.0 / (outputs + (parameter.numel() / outputs)));
                init.uniform_(parameter, -bound, bound, generator);
            }
        }
    }

    private sealed class Chain : IBlockChain
    {
        private readonly MetaDiT _model;
        private readonly Tensor _latents;
        private readonly Tensor _condition;

        public Chain(MetaDiT model, Tensor latents, Tensor timesteps, Tensor labels)
        {
            (_model, _latents) = (model, latents);
            using var scope = NewDisposeScope();
            var sinusoids = TimestepSinusoid.Embed(timesteps, FrequencyDivisor).to(model.x_embedder.Dtype);
            _condition = (model.t_embedder.forward(sinusoids) + model.y_embedder.forward(labels)).DetachFromDisposeScope(); // [B, d]
        }

        public int Blocks => _model.blocks.Count;

        public Tensor Embed() => _model.x_embedder.forward(_latents).add_(_model.pos_embed);

        public Tensor Apply(int block, Tensor tokens) => _model.blocks[block].forward(tokens, _condition);

        public Tensor Finish(Tensor tokens)
        {
            using var patches = _model.final_layer.forward(tokens, _condition);
            return Patches.Join(patches, _model.Config.Grid, _model.Config.PatchSize, _model.Geometry.OutChannels);
        }

        public void Dispose() => _condition.Dispose();
    }
}
