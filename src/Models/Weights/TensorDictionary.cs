using TorchSharp;

namespace DiTFastAttn.Models;

/// <summary>A state dict as a source of weights. The tensors stay the caller's.</summary>
public sealed class TensorDictionary : IWeightSource
{
    private readonly IReadOnlyDictionary<string, torch.Tensor> _tensors;

    /// <summary>Wraps named tensors.</summary>
    /// <param name="tensors">Tensors by name; not copied, and not disposed here.</param>
    /// <param name="name">What to call them in messages.</param>
    public TensorDictionary(IReadOnlyDictionary<string, torch.Tensor> tensors, string name)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        _tensors = tensors;
        Name = name;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Keys => [.. _tensors.Keys];

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string key) => _tensors[key].shape;

    /// <inheritdoc/>
    public torch.ScalarType? DtypeOf(string key) => _tensors[key].dtype;

    /// <inheritdoc/>
    public torch.Tensor Read(string key) => _tensors[key].detach();
}
