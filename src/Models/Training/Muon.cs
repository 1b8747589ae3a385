using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Training;

/// <summary>
/// Muon (Jordan et al. 2024): momentum whose matrix is replaced by a nearly orthogonal one, so that every direction of a weight
/// matrix is learned at the same rate. For the matrices inside of blocks; everything else belongs to AdamW. Matrices of one
/// shape are computed together.
/// </summary>
internal sealed class Muon : IDisposable
{
    private const double Momentum = 0.95;
    private const int Iterations = 5;

    // An odd quintic whose repeated use moves every singular value in (0, 1] to about 1.
    private const double Linear = 3.4445;
    private const double Cubic = -4.7750;
    private const double Quintic = 2.0315;

    private readonly List<Group> _groups = [];

    /// <summary>Makes an optimiser with zero momentum.</summary>
    /// <param name="matrices">
    /// Parameters <c>[parts·rows, columns]</c>, which stay the model's, and how many matrices lie in each one below the other.
    /// </param>
    /// <exception cref="ArgumentException">A parameter is no matrix, or its rows cannot be divided so.</exception>
    public Muon(IEnumerable<(Parameter Parameter, int Parts)> matrices)
    {
        ArgumentNullException.ThrowIfNull(matrices);
        var checkedMatrices = matrices.ToList();
        foreach (var (parameter, parts) in checkedMatrices)
        {
            if (parameter.shape is not [var rows, _] || parts < 1 || rows % parts != 0)
            {
                throw new ArgumentException(
                    $"a parameter has shape [{string.Join(", ", parameter.shape)}]; Muon needs {parts} matrices of equal size below one another.", nameof(matrices));
            }
        }

        foreach (var group in checkedMatrices.GroupBy(m => (Rows: m.Parameter.shape[0] / m.Parts, Columns: m.Parameter.shape[1])))
        {
            var momentum = zeros(group.Sum(m => m.Parts), group.Key.Rows, group.Key.Columns).DetachFromDisposeScope();
            _groups.Add(new Group([.. group], momentum));
        }
    }

    /// <summary>
    /// The momentum, named by the matrices' shape: <c>[n, rows, columns]</c>, the matrices in the order they were given. The
    /// tensors stay this optimiser's; writing to them is how a state is restored.
    /// </summary>
    public IEnumerable<(string Name, Tensor Momentum)> State
        => _groups.Select(group => ($"{group.Momentum.shape[1]}x{group.Momentum.shape[2]}", group.Momentum));

    /// <summary>The nearest matrix with orthonormal rows (or columns, if there are fewer), roughly: singular values of about 0.7 to 1.2.</summary>
    /// <param name="matrices"><c>[n, rows, columns]</c></param>
    /// <returns>The same shape; the caller owns it. A zero matrix stays zero.</returns>
    public static Tensor Orthogonalize(Tensor matrices)
    {
        ArgumentNullException.ThrowIfNull(matrices);
        using var scope = NewDisposeScope();
        var isTall = matrices.shape[^2] > matrices.shape[^1];
        var x = matrices / (matrices.square().sum([-2, -1], keepdim: true).sqrt() + 1e-7);
        x = isTall ? x.transpose(-2, -1) : x;
        for (var i = 0; i < Iterations; i++)
        {
            using var iteration = NewDisposeScope();
            var gram = x.bmm(x.transpose(-2, -1)); // [n, r, c] x [n, c, r] -> [n, r, r]
            var polynomial = (gram * Cubic).add_(gram.bmm(gram).mul_(Quintic));
            x = (x * Linear).add_(polynomial.bmm(x)).MoveToOuterDisposeScope();
        }

        return (isTall ? x.transpose(-2, -1) : x).MoveToOuterDisposeScope();
    }

    /// <summary>Changes the matrices once by their gradients.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <exception cref="InvalidOperationException">A parameter has no gradient.</exception>
    public void Step(double rate)
    {
        using var noGrad = no_grad();
        foreach (var group in _groups)
        {
            using var scope = NewDisposeScope();
            var (rows, columns) = (group.Momentum.shape[1], group.Momentum.shape[2]);
            var gradient = cat([.. group.Matrices.Select(m => Gradient(m.Parameter).view(m.Parts, rows, columns))]);
            group.Momentum.mul_(Momentum).add_(gradient, alpha: 1 - Momentum);
            var update = gradient.mul_(1 - Momentum).add_(group.Momentum, alpha: Momentum);
            var direction = Orthogonalize(update).mul_(-rate * Math.Sqrt(Math.Max(1, (double)rows / columns)));
            var first = 0L;
            foreach (var (parameter, parts) in group.Matrices)
            {
                parameter.add_(direction.narrow(0, first, parts).reshape(parameter.shape));
                first += parts;
            }
        }
    }

    /// <summary>Frees the momentum. The parameters stay.</summary>
    public void Dispose()
    {
        foreach (var group in _groups)
        {
            group.Momentum.Dispose();
        }
    }

    private static Tensor Gradient(Parameter parameter)
        => parameter.grad ?? throw new InvalidOperationException("a matrix has no gradient: call backward before Step.");

    private sealed record Group(List<(Parameter Parameter, int Parts)> Matrices, Tensor Momentum);
}
