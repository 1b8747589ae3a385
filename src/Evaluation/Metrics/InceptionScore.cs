using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation;

/// <summary>The Inception Score (Salimans et al. 2016, arXiv 1606.03498): exp of the mean KL divergence of p(class | picture) from p(class), by parts of the set.</summary>
/// <param name="Mean">Mean over the parts.</param>
/// <param name="Deviation">Standard deviation over the parts; NaN where torchmetrics has none, for one part.</param>
public sealed record InceptionScore(double Mean, double Deviation)
{
    /// <summary>As the original program splits: part i is rows i·N/splits to (i + 1)·N/splits; the deviation is the population's.</summary>
    /// <param name="logits"><c>[N, classes]</c>, <see cref="InceptionActivations.LogitsUnbiased"/>; stays the caller's.</param>
    /// <param name="splits">Parts, at most N.</param>
    /// <exception cref="ArgumentException">There are fewer rows than parts.</exception>
    public static InceptionScore Original(Tensor logits, int splits)
    {
        var count = Check(logits, splits);
        if (count < splits)
        {
            throw new ArgumentException($"{count} pictures cannot be split into {splits} parts; give at most {count}.", nameof(splits));
        }

        var scores = Scores(logits, [.. Enumerable.Range(0, splits).Select(i => (i * count / splits, (i + 1) * count / splits))]);
        var mean = scores.Average();
        return new InceptionScore(mean, Math.Sqrt(scores.Sum(score => (score - mean) * (score - mean)) / scores.Length));
    }

    /// <summary>As torchmetrics splits: parts of ⌈N/splits⌉ rows, so that there may be fewer; the deviation is the sample's.</summary>
    /// <param name="logits"><c>[N, classes]</c> in the order they are split in; torchmetrics itself shuffles them anew at every call. Stays the caller's.</param>
    /// <param name="splits">Parts, at most.</param>
    public static InceptionScore Torchmetrics(Tensor logits, int splits)
    {
        var count = Check(logits, splits);
        var rows = (count + splits - 1) / splits;
        var scores = Scores(logits, [.. Enumerable.Range(0, (int)((count + rows - 1) / rows)).Select(i => (i * rows, Math.Min(count, (i + 1) * rows)))]);
        var mean = scores.Average();
        return new InceptionScore(mean, Math.Sqrt(scores.Sum(score => (score - mean) * (score - mean)) / (scores.Length - 1)));
    }

    private static double[] Scores(Tensor logits, (long First, long End)[] parts)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var logarithms = logits.cpu().to(ScalarType.Float64).log_softmax(1);
        return Array.ConvertAll(parts, part => Score(logarithms.narrow(0, part.First, part.End - part.First)));
    }

    /// <summary>[n, classes] of log p(class | picture)</summary>
    private static double Score(Tensor logarithms)
    {
        using var scope = NewDisposeScope();
        var probabilities = logarithms.exp();
        var marginal = probabilities.mean([0], keepdim: true);

        // A class whose probability is too small for a number adds nothing: 0 · log 0 is 0.
        var terms = probabilities * (logarithms - marginal.log());
        return Math.Exp(terms.masked_fill(probabilities.eq(0), 0).sum(dim: 1).mean().item<double>());
    }

    private static long Check(Tensor logits, int splits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentOutOfRangeException.ThrowIfLessThan(splits, 1);
        return logits.shape is [> 0 and var count, > 0]
            ? count
            : throw new ArgumentException($"logits are [{string.Join(", ", logits.shape)}]; [N, classes] is needed.", nameof(logits));
    }
}
