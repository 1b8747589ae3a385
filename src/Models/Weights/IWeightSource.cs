using TorchSharp;

namespace DiTFastAttn.Models;

/// <summary>Named tensors that a model can be loaded from: a file, another model's state, or either through a key map.</summary>
public interface IWeightSource
{
    /// <summary>What to call it in messages, for example the file's path.</summary>
    string Name { get; }

    /// <summary>The tensors' names.</summary>
    IReadOnlyCollection<string> Keys { get; }

    /// <summary>A tensor's shape, without reading it.</summary>
    /// <param name="key">One of <see cref="Keys"/>.</param>
    IReadOnlyList<long> ShapeOf(string key);

    /// <summary>Reads a tensor in the dtype it is stored in.</summary>
    /// <param name="key">One of <see cref="Keys"/>.</param>
    /// <returns>A tensor on the CPU that the caller owns.</returns>
    torch.Tensor Read(string key);
}
