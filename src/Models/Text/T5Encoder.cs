using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.Text;
using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>
/// The encoder of T5 (Raffel et al. 2020, arXiv 1910.10683), v1.0 and v1.1 of any size: token ids <c>[B, L]</c> to states <c>[B, L, d]</c>.
/// Attention sites are named <c>encoder.block.N.layer.0.SelfAttention</c>.
/// </summary>
/// <remarks>
/// Parameters are zero until <see cref="LoadWeights"/>. In float16 the second weight of each feed-forward stays in float32 and the tokens between
/// the blocks follow it, as in the published library. Not to be constructed inside a dispose scope.
/// </remarks>
public sealed class T5Encoder : Module<Tensor, Tensor?, Tensor>
{
    private const string SharedTable = "shared.weight";
    private const string EncoderTable = "encoder.embed_tokens.weight";

    private readonly TokenTable shared;
    private readonly T5Stack encoder;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="dtype">The parameters' dtype, a floating point one; that of the weights to come saves the conversion.</param>
    /// <param name="device">Where the parameters lie; the CPU where it is <see langword="null"/>. On <see cref="META"/> there are names and shapes only.</param>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public T5Encoder(T5Config config, ScalarType dtype = ScalarType.Float32, Device? device = null)
        : base(nameof(T5Encoder))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        shared = new TokenTable(config.VocabSize, config.DModel, dtype, device);
        encoder = new T5Stack(config, dtype, device);
        RegisterComponents();
    }

    /// <summary>The model's sizes.</summary>
    public T5Config Config { get; }

    /// <summary>Makes the model that a folder describes and loads it: <c>config.json</c> and the weights, in one file or in shards.</summary>
    /// <param name="folder">The folder, for example <c>text_encoder</c> of a pipeline.</param>
    /// <param name="dtype">The parameters' dtype; the one that the weights are stored in where it is <see langword="null"/>.</param>
    /// <param name="device">Where the parameters lie; the CPU where it is <see langword="null"/>.</param>
    /// <returns>The model in evaluation mode; the caller owns it.</returns>
    /// <exception cref="WeightFileException">A file is missing or damaged, or the weights do not fit.</exception>
    /// <exception cref="FormatException">The configuration is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public static T5Encoder Load(string folder, ScalarType? dtype = null, Device? device = null)
    {
        var config = T5Config.Parse(ModelFolder.ReadText(folder, "config.json"));
        using var weights = WeightFile.Open(folder);
        return Layers.Ready(new T5Encoder(config, dtype ?? ModelFolder.DtypeOf(weights, "encoder.final_layer_norm.weight"), device), model => model.LoadWeights(weights));
    }

    /// <summary>
    /// Loads weights tensor by tensor, so that no more than the model and one tensor are in memory. A whole model's decoder and head are
    /// passed over; the token table may bear either of its two names.
    /// </summary>
    /// <param name="source">The weights; stays the caller's.</param>
    /// <exception cref="WeightFileException">The weights do not fit.</exception>
    public void LoadWeights(IWeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var hasShared = source.Keys.Contains(SharedTable);
        source.Renamed(key => ParameterOf(key, hasShared)).LoadInto(this);
    }

    /// <summary>The parameter that a checkpoint's tensor is, or <see langword="null"/> for what the encoder does not need.</summary>
    /// <param name="key">The tensor's name.</param>
    /// <param name="hasShared">Whether the checkpoint also has the token table under its first name.</param>
    internal static string? ParameterOf(string key, bool hasShared) => key switch
    {
        EncoderTable => hasShared ? null : SharedTable,
        "lm_head.weight" => null,
        _ => key.StartsWith("decoder.", StringComparison.Ordinal) ? null : key,
    };

    /// <summary>Encodes tokens.</summary>
    /// <param name="ids">Token ids <c>[B, L]</c>, int64.</param>
    /// <param name="mask"><c>[B, L]</c>: 1 for tokens that take part, 0 for padding; all take part where it is <see langword="null"/>.</param>
    /// <returns>States <c>[B, L, d]</c>, those of padding too; the caller owns them.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or an id is out of range.</exception>
    public override Tensor forward(Tensor ids, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        using var chain = BeginBlocks(ids, mask);
        var tokens = chain.Embed();
        for (var block = 0; block < chain.Blocks; block++)
        {
            var previous = tokens;
            tokens = chain.Apply(block, previous);
            previous.Dispose();
        }

        return chain.Finish(tokens).MoveToOuterDisposeScope();
    }

    /// <summary>Begins the call that <see cref="forward"/> makes, to be taken block by block.</summary>
    /// <param name="ids">Token ids <c>[B, L]</c>, int64; have to stay until the chain is disposed.</param>
    /// <param name="mask"><c>[B, L]</c> or <see langword="null"/>.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or an id is out of range.</exception>
    public IBlockChain BeginBlocks(Tensor ids, Tensor? mask)
    {
        TokenIds.Check(ids, mask, Config.VocabSize);
        return new Chain(this, ids, mask);
    }

    /// <summary>The bias <c>[1, H, L, L]</c> that every block adds to its scores; the caller owns it.</summary>
    /// <param name="tokens">L</param>
    public Tensor PositionBias(long tokens) => encoder.PositionBias(tokens);

    private sealed class Chain : IBlockChain
    {
        private readonly T5Encoder _model;
        private readonly Tensor _ids;
        private readonly Tensor _positions;
        private readonly Tensor? _dropped;

        public Chain(T5Encoder model, Tensor ids, Tensor? mask)
        {
            (_model, _ids) = (model, ids);
            _positions = model.PositionBias(ids.shape[1]).DetachFromDisposeScope(); // [1, H, L, L]
            _dropped = mask is null ? null : Dropped(mask, _positions).DetachFromDisposeScope(); // [B, 1, 1, L]
        }

        public int Blocks => _model.encoder.Blocks;

        public Tensor Embed() => _model.shared.forward(_ids);

        public Tensor Apply(int block, Tensor tokens) => _model.encoder.Apply(block, tokens, _positions, _dropped);

        public Tensor Finish(Tensor tokens) => _model.encoder.Normalize(tokens);

        public void Dispose()
        {
            _positions.Dispose();
            _dropped?.Dispose();
        }

        private static Tensor Dropped(Tensor mask, Tensor positions)
        {
            using var scope = NewDisposeScope();
            var keep = mask.to(ScalarType.Bool).unsqueeze(1).unsqueeze(1); // [B, L] -> [B, 1, 1, L]
            var lowest = finfo(positions.dtype).min;
            return zeros(keep.shape, positions.dtype, positions.device).masked_fill_(keep.logical_not(), lowest).MoveToOuterDisposeScope();
        }
    }
}
