using DiTFastAttn.Models.OpenSora;
using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>
/// A spatial-temporal diffusion transformer of OpenSora, text to video: latents <c>[B, C, T, H, W]</c> to a prediction <c>[B, out, T, H, W]</c>. An
/// image is a video of one frame.
/// </summary>
/// <remarks>
/// Tokens lie frame by frame, row by row. Block i has three attention sites, in forward order: <c>blocks.i.attn</c> over the S tokens of a frame
/// (batch B·T), <c>blocks.i.attn_temp</c> over the T frames of a place (batch B·S), <c>blocks.i.cross_attn</c> from all tokens to the text.
/// </remarks>
public abstract class STDiTModel : Module<STDiTInput, Tensor>
{
    private protected STDiTModel(string name, STDiTConfig config)
        : base(name)
    {
        Config = config;
    }

    /// <summary>The model's sizes.</summary>
    public STDiTConfig Config { get; }

    /// <summary>What stands for "no text" under guidance, <c>[model_max_length, caption_channels]</c>; stays the model's.</summary>
    public abstract Tensor NullText { get; }

    private protected abstract int BlockCount { get; }

    /// <summary>Makes a model without weights.</summary>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public static STDiTModel Create(STDiTConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Version == STDiTVersion.STDiT2 ? new STDiT2(config) : new STDiT(config);
    }

    /// <summary>
    /// Loads weights. Position tables are computed, not read; a table for "no text" that is shorter than the model's repeats its last row, a longer
    /// one is cut.
    /// </summary>
    /// <param name="source">The weights; stays the caller's.</param>
    /// <exception cref="WeightFileException">The weights do not fit.</exception>
    public void LoadWeights(IWeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        new STDiTWeights(source, Config).LoadInto(this, STDiTWeights.Computed);
    }

    /// <summary>Predicts noise and, where learned, the variance.</summary>
    /// <param name="input">Latents, timesteps, text, masks and sizes.</param>
    /// <returns><c>[B, out, T, H, W]</c> in the weights' dtype; the caller owns it.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or sizes are missing.</exception>
    public sealed override Tensor forward(STDiTInput input)
    {
        using var scope = NewDisposeScope();
        using var chain = BeginBlocks(input);
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
    /// <param name="input">What the call takes; its tensors have to stay until the chain is disposed.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or sizes are missing.</exception>
    public IBlockChain BeginBlocks(STDiTInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        STDiTInputs.Check(input, Config);
        return new Chain(this, input);
    }

    /// <summary>A configuration that is right for one of the two models.</summary>
    private protected static STDiTConfig Valid(STDiTConfig config, STDiTVersion version)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        ConfigChecks.Require(config.Version == version, nameof(STDiT), "model_type", config.Version, version.ToString());
        return config;
    }

    private protected abstract VideoCall BeginCall(STDiTInput input, (long Frames, int Rows, int Columns) grid);

    private protected abstract Tensor Embed(Tensor latents, STDiTInput input, VideoCall call);

    private protected abstract Tensor ApplyBlock(int block, Tensor tokens, VideoCall call);

    private protected abstract Tensor Finish(Tensor tokens, VideoCall call);

    private sealed class Chain : IBlockChain
    {
        private readonly STDiTModel _model;
        private readonly STDiTInput _input;
        private readonly Tensor _latents;
        private readonly VideoCall _call;

        public Chain(STDiTModel model, STDiTInput input)
        {
            (_model, _input) = (model, input);
            var patch = model.Config.PatchSize;
            _latents = VideoPatches.Pad(input.Latents, patch).DetachFromDisposeScope();
            _call = model.BeginCall(
                input, (_latents.shape[2] / patch.Frames, (int)(_latents.shape[3] / patch.Rows), (int)(_latents.shape[4] / patch.Columns)));
            if (_call.Observe is { } observe)
            {
                using var scope = NewDisposeScope();
                var text = _call.Text;
                observe("y", (_call.TextMask is { } mask ? text.masked_select(mask.unsqueeze(-1)) : text).reshape(1, -1, text.shape[2]));
            }
        }

        public int Blocks => _model.BlockCount;

        public Tensor Embed()
        {
            var tokens = _model.Embed(_latents, _input, _call);
            _call.Observe?.Invoke("tokens", tokens);
            return tokens;
        }

        public Tensor Apply(int block, Tensor tokens)
        {
            var result = _model.ApplyBlock(block, tokens, _call);
            _call.Observe?.Invoke($"block{block}", result);
            return result;
        }

        public Tensor Finish(Tensor tokens)
        {
            using var scope = NewDisposeScope();
            var (frames, rows, columns) = (_input.Latents.shape[2], _input.Latents.shape[3], _input.Latents.shape[4]);
            var patches = _model.Finish(tokens, _call);
            var whole = VideoPatches.Join(patches, _model.Config.PatchSize, _call.Grid, _model.Config.OutChannels);
            return whole.narrow(2, 0, frames).narrow(3, 0, rows).narrow(4, 0, columns).contiguous().MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            _call.Dispose();
            _latents.Dispose();
        }
    }
}
