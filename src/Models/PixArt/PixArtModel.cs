using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.PixArt;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>
/// The transformer of PixArt-α and PixArt-Σ (Chen et al. 2023 and 2024, arXiv 2310.00426 and 2403.04692): latents <c>[B, C, H, W]</c>,
/// timesteps <c>[B]</c> and captions to a prediction <c>[B, out, H, W]</c>. Any aspect ratio is taken.
/// </summary>
public abstract class PixArtModel : Module<Tensor, Tensor, PixArtCondition, Tensor>
{
    /// <summary>For the layouts of PixArt.</summary>
    /// <param name="name">The class's name.</param>
    protected PixArtModel(string name)
        : base(name)
    {
    }

    /// <summary>Sizes of inputs and outputs.</summary>
    public abstract PixArtGeometry Geometry { get; }

    internal abstract int BlockCount { get; }

    internal abstract ScalarType Dtype { get; }

    /// <summary>Loads weights in this layout; names and shapes have to fit exactly.</summary>
    /// <param name="source">The weights; stays the caller's.</param>
    /// <exception cref="WeightFileException">The weights do not fit.</exception>
    public virtual void LoadWeights(IWeightSource source) => source.LoadInto(this);

    /// <summary>Predicts noise and, where learned, the variance.</summary>
    /// <param name="x">Latents <c>[B, C, H, W]</c>, H and W multiples of the patch.</param>
    /// <param name="t">Timesteps <c>[B]</c>, whole or fractional.</param>
    /// <param name="condition">Captions and, for models that take it, the picture's size.</param>
    /// <returns><c>[B, out, H, W]</c> in the weights' dtype; the caller owns it.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or the picture's size is missing.</exception>
    public sealed override Tensor forward(Tensor x, Tensor t, PixArtCondition condition)
    {
        using var chain = BeginBlocks(x, t, condition);
        return chain.TakeAll();
    }

    /// <summary>Begins the call that <see cref="forward"/> makes, to be taken block by block.</summary>
    /// <param name="x">Latents <c>[B, C, H, W]</c>; have to stay until the chain is disposed.</param>
    /// <param name="t">Timesteps <c>[B]</c></param>
    /// <param name="condition">Captions and, for models that take it, the picture's size.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or the picture's size is missing.</exception>
    public IBlockChain BeginBlocks(Tensor x, Tensor t, PixArtCondition condition)
    {
        PixArtInputs.Check(Geometry, x, t, condition);
        return new PixArtCall(this, x, t, condition);
    }

    /// <summary>Patches of latents as tokens <c>[B, L, d]</c>, without positions.</summary>
    internal abstract Tensor EmbedPatches(Tensor latents);

    /// <summary>Sinusoids <c>[B, 256]</c> of timesteps to <c>[B, d]</c>.</summary>
    internal abstract Tensor EmbedTimesteps(Tensor sinusoids);

    /// <summary>Sinusoids <c>[B·n, 256]</c> of heights and widths, or of aspect ratios, to <c>[B·n, d/3]</c>.</summary>
    internal abstract Tensor EmbedSizes(Tensor sinusoids, bool isRatio);

    /// <summary>The timestep's modulation of all blocks, <c>[B, 6·d]</c>, from its vector <c>[B, d]</c>.</summary>
    internal abstract Tensor Modulate(Tensor condition);

    /// <summary>Captions <c>[B, Lc, c]</c> to <c>[B, Lc, d]</c>.</summary>
    internal abstract Tensor ProjectCaptions(Tensor captions);

    /// <summary>A mask as this layout's cross-attention takes it; the caller owns it.</summary>
    internal abstract Tensor ReadMask(Tensor mask, long batch);

    internal abstract Tensor Block(int block, Tensor tokens, int rows, Tensor modulation, Tensor captions, Tensor? mask);

    /// <summary>Tokens to patches <c>[B, L, p·p·out]</c>.</summary>
    internal abstract Tensor Final(Tensor tokens, Tensor condition);
}
