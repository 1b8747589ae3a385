using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Perceptual;

/// <summary>Weights of several files as one source; where two have a tensor, the first counts. The sources stay the caller's.</summary>
/// <param name="sources">The sources, at least one.</param>
internal sealed class JoinedWeights(IReadOnlyList<IWeightSource> sources) : IWeightSource
{
    public string Name => string.Join(" and ", sources.Select(source => source.Name));

    public IReadOnlyCollection<string> Keys { get; } = [.. sources.SelectMany(source => source.Keys).Distinct(StringComparer.Ordinal)];

    public IReadOnlyList<long> ShapeOf(string key) => Of(key).ShapeOf(key);

    public ScalarType? DtypeOf(string key) => Of(key).DtypeOf(key);

    public Tensor Read(string key) => Of(key).Read(key);

    public void ReadInto(string key, Tensor target) => Of(key).ReadInto(key, target);

    private IWeightSource Of(string key) => sources.First(source => source.Keys.Contains(key));
}
