using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>Errors of plans' results on some samples, relative to the results with <c>full</c> everywhere. Begins with the run for those.</summary>
/// <param name="runs">Generates the samples; stays the caller's.</param>
/// <param name="full">Strategy ids, <c>[step][site]</c>, all <c>full</c>.</param>
internal sealed class PlanErrors(PlanRuns runs, IReadOnlyList<IReadOnlyList<string>> full) : IDisposable
{
    private readonly Tensor _reference = runs.RunToEnd(full); // [n, …]

    /// <summary>n</summary>
    public long Samples => _reference.shape[0];

    /// <summary>Generates the samples.</summary>
    public PlanRuns Runs => runs;

    /// <summary>The error of a plan, run for it; each sample by the norm of its result, <c>[n, D]</c>, which the caller owns.</summary>
    /// <param name="rows">Strategy ids, <c>[step][site]</c>.</param>
    public Tensor Of(IReadOnlyList<IReadOnlyList<string>> rows) => Of(runs.RunToEnd(rows));

    /// <summary>The error of a result, <c>[n, D]</c>, which the caller owns.</summary>
    /// <param name="result"><c>[n, …]</c>; disposed.</param>
    public Tensor Of(Tensor result)
    {
        using var scope = NewDisposeScope();
        using var ended = result;
        var norm = _reference.flatten(1).norm(1).unsqueeze(1); // [n, 1]
        return result.sub(_reference).flatten(1).div(norm).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>The logarithm of each sample's squared relative error.</summary>
    /// <param name="error"><c>[n, D]</c>, borrowed.</param>
    public static double[] LogSquares(Tensor error)
    {
        using var scope = NewDisposeScope();
        return error.square().sum(1).to(ScalarType.Float64).clamp_min(1e-30).log().cpu().data<double>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => _reference.Dispose();
}
