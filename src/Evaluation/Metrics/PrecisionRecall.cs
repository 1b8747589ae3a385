using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation;

/// <summary>Improved precision and recall (Kynkäänniemi et al. 2019, arXiv 1904.06991): how much of each set lies in the other's balls of k nearest neighbours.</summary>
/// <param name="Precision">Share of generated pictures that lie in a ball of a real one.</param>
/// <param name="Recall">Share of real pictures that lie in a ball of a generated one.</param>
public sealed record PrecisionRecall(double Precision, double Recall)
{
    // Distances of so many rows to all others are in memory at a time.
    private const int Block = 1024;

    /// <summary>Precision and recall of two sets.</summary>
    /// <param name="generated"><c>[m, d]</c>; stays the caller's.</param>
    /// <param name="real"><c>[n, d]</c></param>
    /// <param name="k">The radius of a ball is the distance to the k-th nearest other point of its set; below m and n.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a set has too few rows.</exception>
    public static PrecisionRecall Between(Tensor generated, Tensor real, int k)
    {
        ArgumentNullException.ThrowIfNull(generated);
        ArgumentNullException.ThrowIfNull(real);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        if (generated.shape is not [var m, var d] || real.shape is not [var n, var others] || d != others)
        {
            throw new ArgumentException(
                $"features are [{string.Join(", ", generated.shape)}] and [{string.Join(", ", real.shape)}]; [m, d] and [n, d] are needed.", nameof(real));
        }

        if (Math.Min(m, n) <= k)
        {
            throw new ArgumentException($"{k} nearest neighbours need sets of more than {k} pictures; these are of {m} and {n}.", nameof(k));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (a, b) = (generated.cpu().to(ScalarType.Float64), real.cpu().to(ScalarType.Float64));
        return new PrecisionRecall(Covered(a, b, k), Covered(b, a, k));
    }

    /// <summary>The share of points that lie in the balls of others.</summary>
    private static double Covered(Tensor points, Tensor centres, int k)
    {
        using var scope = NewDisposeScope();
        var radii = cat([.. Blocks(centres).Select(block => Radii(block, centres, k))], 0); // [n]
        var inside = 0L;
        foreach (var block in Blocks(points))
        {
            using var inner = NewDisposeScope();
            inside += Distances(block, centres).le(radii).any(1).sum().item<long>();
        }

        return (double)inside / points.shape[0];
    }

    /// <summary>Distance to the k-th nearest other: the nearest of all is the point itself.</summary>
    private static Tensor Radii(Tensor block, Tensor points, int k)
    {
        using var scope = NewDisposeScope();
        return Distances(block, points).topk(k + 1, 1, largest: false, sorted: true).values.select(1, k).clone().MoveToOuterDisposeScope();
    }

    // By differences: |x|² − 2xy + |y|² would not find equal points at distance 0.
    private static Tensor Distances(Tensor a, Tensor b) => cdist(a, b, compute_mode: compute_mode.donot_use_mm_for_euclid_dist);

    private static IEnumerable<Tensor> Blocks(Tensor rows)
    {
        for (var first = 0L; first < rows.shape[0]; first += Block)
        {
            yield return rows.narrow(0, first, Math.Min(Block, rows.shape[0] - first));
        }
    }
}
