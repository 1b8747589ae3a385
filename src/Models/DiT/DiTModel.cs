using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>
/// A class-conditional diffusion transformer, DiT (Peebles &amp; Xie 2023, arXiv 2212.09748): latents <c>[B, C, S, S]</c>,
/// timesteps <c>[B]</c> and labels <c>[B]</c> to a prediction <c>[B, out, S, S]</c>.
/// </summary>
public abstract class DiTModel : Module<Tensor, Tensor, Tensor, Tensor>
{
    /// <summary>For the layouts of DiT.</summary>
    /// <param name="name">The class's name.</param>
    protected DiTModel(string name)
        : base(name)
    {
    }

    /// <summary>Sizes of inputs and outputs.</summary>
    public abstract DiTGeometry Geometry { get; }

    /// <summary>Loads weights in this layout; names and shapes have to fit exactly.</summary>
    /// <param name="source">The weights; stays the caller's.</param>
    /// <exception cref="WeightFileException">The weights do not fit.</exception>
    public virtual void LoadWeights(IWeightSource source) => source.LoadInto(this);

    /// <summary>Predicts noise (or what the model was trained for) and, where learned, the variance.</summary>
    /// <param name="x">Latents <c>[B, C, S, S]</c></param>
    /// <param name="t">Timesteps <c>[B]</c>, whole or fractional.</param>
    /// <param name="y">Labels <c>[B]</c>, int64; K stands for "no class".</param>
    /// <returns><c>[B, out, S, S]</c> in the weights' dtype; the caller owns it.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or a label is out of range.</exception>
    public sealed override Tensor forward(Tensor x, Tensor t, Tensor y)
    {
        using var chain = BeginBlocks(x, t, y);
        return chain.TakeAll();
    }

    /// <summary>Begins the call that <see cref="forward"/> makes, to be taken block by block.</summary>
    /// <param name="x">Latents <c>[B, C, S, S]</c>; have to stay until the chain is disposed.</param>
    /// <param name="t">Timesteps <c>[B]</c></param>
    /// <param name="y">Labels <c>[B]</c>, int64; have to stay until the chain is disposed.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or a label is out of range.</exception>
    public abstract IBlockChain BeginBlocks(Tensor x, Tensor t, Tensor y);

    /// <summary>Checks a call's inputs before torch sees them: a wrong shape or label can end the process there.</summary>
    /// <param name="latents"><c>[B, C, S, S]</c></param>
    /// <param name="timesteps"><c>[B]</c></param>
    /// <param name="labels"><c>[B]</c>, int64</param>
    private protected void CheckInputs(Tensor latents, Tensor timesteps, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(timesteps);
        ArgumentNullException.ThrowIfNull(labels);
        var geometry = Geometry;
        if (latents.shape is not [var batch and > 0, var channels, var rows, var columns]
            || channels != geometry.InChannels || rows != geometry.InputSize || columns != geometry.InputSize)
        {
            throw new ArgumentException(
                $"latents have shape {SafetensorsTypes.ShapeText(latents.shape)}; this model takes [B, {geometry.InChannels}, {geometry.InputSize}, {geometry.InputSize}].",
                nameof(latents));
        }

        if (timesteps.shape is not [var times] || times != batch)
        {
            throw new ArgumentException(
                $"timesteps have shape {SafetensorsTypes.ShapeText(timesteps.shape)}; one for each of the {batch} latents is needed.", nameof(timesteps));
        }

        if (labels.shape is not [var count] || count != batch || labels.dtype != ScalarType.Int64)
        {
            throw new ArgumentException(
                $"labels have shape {SafetensorsTypes.ShapeText(labels.shape)} of {labels.dtype}; one Int64 for each of the {batch} latents is needed.",
                nameof(labels));
        }

        using var lowest = labels.min();
        using var highest = labels.max();
        CheckLabel(lowest.item<long>(), nameof(labels));
        CheckLabel(highest.item<long>(), nameof(labels));
    }

    private void CheckLabel(long label, string parameter)
    {
        if (label < 0 || label >= Geometry.LabelRows)
        {
            throw new ArgumentException($"label {label} is out of range: this model knows 0 to {Geometry.LabelRows - 1}.", parameter);
        }
    }
}
