using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation;

/// <summary>KID (Bińkowski et al. 2018, arXiv 1801.01401): the squared maximum mean discrepancy of features under the kernel (x·y/d + 1)³, unbiased.</summary>
/// <param name="Mean">Mean over the subsets; may lie below 0.</param>
/// <param name="Deviation">Standard deviation over the subsets, the population's.</param>
public sealed record KernelInceptionDistance(double Mean, double Deviation)
{
    /// <summary>The distance of two sets, over all rows.</summary>
    /// <param name="a"><c>[m, d]</c>, m of at least 2; stays the caller's.</param>
    /// <param name="b"><c>[n, d]</c>, n of at least 2.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static double Between(Tensor a, Tensor b)
    {
        Check(a, b);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, y) = (a.cpu().to(ScalarType.Float64), b.cpu().to(ScalarType.Float64));
        return Within(x) + Within(y) - (2 * Kernel(x, y).mean().item<double>());
    }

    /// <summary>The distance as torchmetrics and torch-fidelity give it: over random subsets of both sets.</summary>
    /// <param name="a"><c>[m, d]</c>; stays the caller's.</param>
    /// <param name="b"><c>[n, d]</c></param>
    /// <param name="subsets">How many.</param>
    /// <param name="size">Rows of each set in a subset; at most m and n.</param>
    /// <param name="seed">Seed of the choice.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a set is smaller than a subset.</exception>
    public static KernelInceptionDistance OfSubsets(Tensor a, Tensor b, int subsets, int size, int seed)
    {
        Check(a, b);
        if (a.shape[0] < size || b.shape[0] < size)
        {
            throw new ArgumentException($"subsets of {size} cannot be taken of {a.shape[0]} and {b.shape[0]} pictures; give at most {Math.Min(a.shape[0], b.shape[0])}.", nameof(size));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(subsets, 1);
        var choice = new Random(seed);
        var values = new double[subsets];
        for (var i = 0; i < subsets; i++)
        {
            using var scope = NewDisposeScope();
            values[i] = Between(Choose(a, size, choice), Choose(b, size, choice));
        }

        var mean = values.Average();
        return new KernelInceptionDistance(mean, Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / subsets));
    }

    private static Tensor Choose(Tensor rows, int size, Random choice)
    {
        var indices = Enumerable.Range(0, (int)rows.shape[0]).ToArray();
        for (var i = 0; i < size; i++)
        {
            var other = choice.Next(i, indices.Length);
            (indices[i], indices[other]) = (indices[other], indices[i]);
        }

        return rows.index_select(0, tensor(indices.Take(size).Select(index => (long)index).ToArray()));
    }

    /// <summary>The mean of the kernel over pairs of different rows.</summary>
    private static double Within(Tensor x)
    {
        var kernel = Kernel(x, x);
        var rows = x.shape[0];
        return (kernel.sum() - kernel.diagonal().sum()).item<double>() / (rows * (double)(rows - 1));
    }

    private static Tensor Kernel(Tensor x, Tensor y) => (x.mm(y.transpose(0, 1)) / x.shape[1]).add(1).pow(3);

    private static void Check(Tensor a, Tensor b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.shape is not [> 1, var dimensions] || b.shape is not [> 1, var others] || dimensions != others)
        {
            throw new ArgumentException(
                $"features are [{string.Join(", ", a.shape)}] and [{string.Join(", ", b.shape)}]; [m, d] and [n, d] of at least two rows each are needed.", nameof(b));
        }
    }
}
