using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation;

/// <summary>
/// CLIPScore (Hessel et al. 2021, arXiv 2104.08718) as torchmetrics has it: 100 · cosine of picture and caption, averaged over all pairs, and
/// that mean not below 0.
/// </summary>
public sealed class ClipScore
{
    private double _sum;

    /// <summary>Pairs so far.</summary>
    public long Pairs { get; private set; }

    /// <summary>The score of all pairs so far, 0 to 100; 0 where there are none.</summary>
    public double Score => Pairs == 0 ? 0 : Math.Max(_sum / Pairs, 0);

    /// <summary>100 · cosine of each pair, which may be negative.</summary>
    /// <param name="imageFeatures"><c>[N, d]</c>, of any length.</param>
    /// <param name="textFeatures"><c>[N, d]</c>, of any length.</param>
    /// <returns><c>[N]</c>, float32; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor PerPair(Tensor imageFeatures, Tensor textFeatures)
    {
        ArgumentNullException.ThrowIfNull(imageFeatures);
        ArgumentNullException.ThrowIfNull(textFeatures);
        if (imageFeatures.dim() != 2 || !imageFeatures.shape.SequenceEqual(textFeatures.shape))
        {
            throw new ArgumentException(
                $"pictures have features [{string.Join(", ", imageFeatures.shape)}] and texts [{string.Join(", ", textFeatures.shape)}]; both have to be [N, d].",
                nameof(textFeatures));
        }

        using var scope = NewDisposeScope();
        var images = ClipModel.Normalize(imageFeatures.to(ScalarType.Float32));
        var texts = ClipModel.Normalize(textFeatures.to(ScalarType.Float32));
        return images.mul(texts).sum(dim: 1).mul_(100).MoveToOuterDisposeScope();
    }

    /// <summary>Adds pairs.</summary>
    /// <param name="imageFeatures"><c>[N, d]</c></param>
    /// <param name="textFeatures"><c>[N, d]</c></param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public void Update(Tensor imageFeatures, Tensor textFeatures)
    {
        using var scope = NewDisposeScope();
        var scores = PerPair(imageFeatures, textFeatures);
        _sum += scores.to(ScalarType.Float64).sum().item<double>();
        Pairs += scores.shape[0];
    }
}
