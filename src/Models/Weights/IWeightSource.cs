using TorchSharp;

namespace DiTFastAttn.Models;

/// <summary>Named tensors that a model can be loaded from: a file, another model's state, or either under other names.</summary>
public interface IWeightSource
{
    /// <summary>What to call it in messages, for example the file's path.</summary>
    string Name { get; }

    /// <summary>The tensors' names, in the order in which they are read fastest.</summary>
    IReadOnlyCollection<string> Keys { get; }

    /// <summary>A tensor's shape, without reading it.</summary>
    /// <param name="key">One of <see cref="Keys"/>.</param>
    IReadOnlyList<long> ShapeOf(string key);

    /// <summary>The dtype that a tensor is stored in, or <see langword="null"/> where torch has none of its kind.</summary>
    /// <param name="key">One of <see cref="Keys"/>.</param>
    torch.ScalarType? DtypeOf(string key);

    /// <summary>Reads a tensor in the dtype it is stored in.</summary>
    /// <param name="key">One of <see cref="Keys"/>.</param>
    /// <returns>A tensor on the CPU that the caller owns.</returns>
    torch.Tensor Read(string key);

    /// <summary>Reads a tensor into another, converting dtype and device on the way.</summary>
    /// <param name="key">One of <see cref="Keys"/>.</param>
    /// <param name="target">Receives the values; of the tensor's shape. Not tracked by autograd.</param>
    void ReadInto(string key, torch.Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var noGrad = torch.no_grad();
        using var stored = Read(key);
        target.copy_(stored);
    }
}
