using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation;

/// <summary>
/// Count, mean and co-moment Σ(x − mean)(x − mean)ᵀ of features, in float64. Parts are merged by Chan, Golub and LeVeque's formula (1979), never by
/// E[xx] − mean·mean; the same parts merged in the same order give the same bits, whoever computed them.
/// </summary>
public sealed class FeatureStatistics
{
    private readonly double[] _mean;
    private readonly double[] _comoment;

    // Vectors whose products with themselves add up to the co-moment, as long as they are fewer than the features: no decomposition is needed then.
    private List<double[]>? _vectors;

    /// <summary>Statistics of nothing yet.</summary>
    /// <param name="dimensions">Features of a picture.</param>
    public FeatureStatistics(int dimensions)
        : this(0, new double[dimensions], new double[dimensions * dimensions], [])
    {
    }

    private FeatureStatistics(long count, double[] mean, double[] comoment, List<double[]>? vectors)
        => (Count, _mean, _comoment, _vectors) = (count, mean, comoment, vectors);

    /// <summary>Pictures so far.</summary>
    public long Count { get; private set; }

    /// <summary>Features of a picture.</summary>
    public int Dimensions => _mean.Length;

    /// <summary>The mean, <c>[d]</c>.</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>Statistics of features.</summary>
    /// <param name="features"><c>[N, d]</c>, any floating dtype; stays the caller's.</param>
    /// <exception cref="ArgumentException">The shape is another, or a feature is no finite number.</exception>
    public static FeatureStatistics Of(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.shape is not [var count, > 0 and var dimensions])
        {
            throw new ArgumentException($"features are [{string.Join(", ", features.shape)}]; [N, d] is needed.", nameof(features));
        }

        if (count == 0)
        {
            return new FeatureStatistics((int)dimensions);
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var rows = features.cpu().to(ScalarType.Float64);
        if (!rows.isfinite().all().item<bool>())
        {
            throw new ArgumentException("a feature is NaN or infinite: the weights or the pictures are damaged.", nameof(features));
        }

        var mean = rows.mean([0]);
        var centred = rows - mean;
        return new FeatureStatistics(
            count,
            mean.data<double>().ToArray(),
            centred.transpose(0, 1).mm(centred).contiguous().data<double>().ToArray(),
            count <= dimensions ? [.. centred.data<double>().ToArray().Chunk((int)dimensions)] : null);
    }

    /// <summary>Statistics that somebody else computed, as pytorch-fid stores them.</summary>
    /// <param name="mean"><c>[d]</c></param>
    /// <param name="covariance"><c>[d, d]</c>, of n − 1.</param>
    /// <param name="count">Pictures that they are of; where it is not known, a number that no rank can be told from.</param>
    /// <exception cref="ArgumentException">The sizes do not fit each other, or a number is not finite.</exception>
    public static FeatureStatistics FromCovariance(ReadOnlySpan<double> mean, ReadOnlySpan<double> covariance, long count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        if (mean.Length == 0 || covariance.Length != mean.Length * mean.Length)
        {
            throw new ArgumentException($"a mean of {mean.Length} features needs a covariance of as many squared; it has {covariance.Length} numbers.", nameof(covariance));
        }

        var comoment = covariance.ToArray();
        for (var i = 0; i < comoment.Length; i++)
        {
            comoment[i] *= count - 1;
        }

        var result = new FeatureStatistics(count, mean.ToArray(), comoment, vectors: null);
        return Array.TrueForAll(result._mean, double.IsFinite) && Array.TrueForAll(comoment, double.IsFinite)
            ? result
            : throw new ArgumentException("the statistics hold a number that is NaN or infinite.", nameof(covariance));
    }

    /// <summary>Adds features as one part.</summary>
    /// <inheritdoc cref="Of"/>
    public void Update(Tensor features) => Merge(Of(features));

    /// <summary>Adds the statistics of other pictures.</summary>
    /// <param name="other">The statistics; stay unchanged.</param>
    /// <exception cref="ArgumentException">They are of another number of features.</exception>
    public void Merge(FeatureStatistics other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Dimensions != Dimensions)
        {
            throw new ArgumentException($"statistics of {other.Dimensions} features do not go with ones of {Dimensions}.", nameof(other));
        }

        if (other.Count == 0)
        {
            return;
        }

        var total = Count + other.Count;
        var (share, weight) = ((double)other.Count / total, (double)Count * other.Count / total);
        var d = Dimensions;
        var difference = new double[d];
        for (var i = 0; i < d; i++)
        {
            difference[i] = other._mean[i] - _mean[i];
        }

        for (var i = 0; i < d; i++)
        {
            var scaled = difference[i] * weight;
            for (var j = 0; j < d; j++)
            {
                _comoment[(i * d) + j] += other._comoment[(i * d) + j] + (scaled * difference[j]);
            }

            _mean[i] += difference[i] * share;
        }

        var root = Math.Sqrt(weight);
        _vectors = _vectors is { } own && other._vectors is { } others && own.Count + others.Count + 1 <= d
            ? [.. own, .. others, Array.ConvertAll(difference, value => value * root)]
            : null;
        Count = total;
    }

    /// <summary>The covariance, of n − 1, <c>[d, d]</c> row by row.</summary>
    /// <exception cref="InvalidOperationException">There are fewer than two pictures.</exception>
    public double[] Covariance() => Array.ConvertAll(_comoment, value => value / Divisor());

    /// <summary>The trace of the covariance.</summary>
    internal double Trace()
    {
        var sum = 0.0;
        for (var i = 0; i < Dimensions; i++)
        {
            sum += _comoment[(i * Dimensions) + i];
        }

        return sum / Divisor();
    }

    /// <summary>
    /// F with F·Fᵀ the covariance, <c>[d, r]</c>: of few pictures their features themselves, else eigenvectors times the roots of their eigenvalues. What n pictures cannot span, and what is rounding beside the
    /// largest eigenvalue, is left out: its root would be far larger than itself.
    /// </summary>
    internal Matrix<double> Factor()
    {
        var d = Dimensions;
        if (_vectors is { Count: > 0 } vectors)
        {
            return DenseMatrix.OfColumnArrays(vectors) / Math.Sqrt(Divisor());
        }

        var evd = DenseMatrix.OfColumnMajor(d, d, Covariance()).Evd(Symmetricity.Symmetric);
        var values = evd.EigenValues.Real(); // ascending
        var least = values[d - 1] * d * Math.ScaleB(1, -52);
        var rank = Enumerable.Range(0, d).Count(i => values[i] > least);
        rank = (int)Math.Min(rank, Count - 1);
        if (rank == 0 || values[d - 1] <= 0)
        {
            return Matrix<double>.Build.Dense(d, 1);
        }

        var factor = evd.EigenVectors.SubMatrix(0, d, d - rank, rank);
        for (var column = 0; column < rank; column++)
        {
            factor.SetColumn(column, factor.Column(column) * Math.Sqrt(values[d - rank + column]));
        }

        return factor;
    }

    private double Divisor() => Count > 1
        ? Count - 1
        : throw new InvalidOperationException($"a covariance needs at least 2 pictures; there {(Count == 1 ? "is 1" : "are 0")}.");
}
