using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Training;

/// <summary>
/// An exponential moving average of weights, which draws better than the weights themselves. It is short at first, so that it
/// forgets where it began: the decay is min(limit, (1 + n)/(10 + n)) after n updates.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private const double Limit = 0.995;

    private readonly Dictionary<string, Tensor> _averages;

    /// <summary>Begins with the weights as they are.</summary>
    /// <param name="weights">Tensors by name; copied.</param>
    public WeightAverage(IEnumerable<(string Name, Tensor Weight)> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var noGrad = no_grad();
        _averages = weights.ToDictionary(w => w.Name, w => w.Weight.detach().clone().DetachFromDisposeScope(), StringComparer.Ordinal);
    }

    /// <summary>The averages by name. The tensors stay this object's; writing to them is how a state is restored.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => _averages;

    /// <summary>The decay of the update after <paramref name="updates"/> others.</summary>
    public static double Decay(int updates) => Math.Min(Limit, (1.0 + updates) / (10.0 + updates));

    /// <summary>average = decay·average + (1 − decay)·weight</summary>
    /// <param name="weights">Tensors by the names given at the beginning.</param>
    /// <param name="updates">Updates before this one.</param>
    public void Update(IEnumerable<(string Name, Tensor Weight)> weights, int updates)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var noGrad = no_grad();
        var decay = Decay(updates);
        foreach (var (name, weight) in weights)
        {
            _averages[name].mul_(decay).add_(weight, alpha: 1 - decay);
        }
    }

    /// <summary>Frees the averages.</summary>
    public void Dispose()
    {
        foreach (var average in _averages.Values)
        {
            average.Dispose();
        }
    }
}
