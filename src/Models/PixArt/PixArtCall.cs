using DiTFastAttn.Models.DiT;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.PixArt;

/// <summary>One call of a PixArt transformer: what all blocks share is computed when it begins.</summary>
internal sealed class PixArtCall : IBlockChain
{
    private const int FrequencyDivisor = 128;

    private readonly PixArtModel _model;
    private readonly Tensor _latents;
    private readonly Tensor? _mask;
    private readonly int _rows;

    public PixArtCall(PixArtModel model, Tensor latents, Tensor timesteps, PixArtCondition condition)
    {
        (_model, _latents) = (model, latents);
        _rows = (int)latents.shape[2] / model.Geometry.PatchSize;
        using var scope = NewDisposeScope();
        Condition = Embed(timesteps, condition).DetachFromDisposeScope();
        Modulation = model.Modulate(Condition).DetachFromDisposeScope();
        Captions = model.ProjectCaptions(condition.Captions.to(model.Dtype)).DetachFromDisposeScope();
        _mask = condition.CaptionMask is { } mask ? model.ReadMask(mask, latents.shape[0]).DetachFromDisposeScope() : null;
    }

    /// <summary>The vector of timestep and picture size, <c>[B, d]</c>.</summary>
    public Tensor Condition { get; }

    /// <summary>What every block adds to its table, <c>[B, 6·d]</c>.</summary>
    public Tensor Modulation { get; }

    /// <summary>Captions as the blocks attend to them, <c>[B, Lc, d]</c>.</summary>
    public Tensor Captions { get; }

    public int Blocks => _model.BlockCount;

    public Tensor Embed()
    {
        var geometry = _model.Geometry;
        return PixArtPositions.Add(_model.EmbedPatches(_latents), _rows, (int)_latents.shape[3] / geometry.PatchSize, geometry);
    }

    public Tensor Apply(int block, Tensor tokens) => _model.Block(block, tokens, _rows, Modulation, Captions, _mask);

    public Tensor Finish(Tensor tokens)
    {
        using var patches = _model.Final(tokens, Condition);
        return Patches.Join(patches, _rows, _model.Geometry.PatchSize, _model.Geometry.OutChannels);
    }

    public void Dispose()
    {
        Condition.Dispose();
        Modulation.Dispose();
        Captions.Dispose();
        _mask?.Dispose();
    }

    private Tensor Embed(Tensor timesteps, PixArtCondition condition)
    {
        var time = _model.EmbedTimesteps(Sinusoids(timesteps));
        if (!_model.Geometry.TakesPictureSize)
        {
            return time;
        }

        var size = _model.EmbedSizes(Sinusoids(condition.Resolution!.flatten()), isRatio: false).view(time.shape[0], -1); // [B·2, d/3] -> [B, 2·d/3]
        var ratio = _model.EmbedSizes(Sinusoids(condition.AspectRatio!.flatten()), isRatio: true); // [B, d/3]
        return time + cat([size, ratio], 1);
    }

    private Tensor Sinusoids(Tensor numbers) => TimestepSinusoid.Embed(numbers, FrequencyDivisor).to(_model.Dtype);
}
