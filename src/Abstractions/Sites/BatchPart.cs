using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DiTFastAttn;

/// <summary>The part of the batch that a site computes: all of it, or one guidance half.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct BatchPart
{
    private readonly long _start;
    private readonly long _length;

    internal BatchPart(long start, long length)
    {
        _start = start;
        _length = length;
    }

    /// <summary>The whole batch.</summary>
    public static BatchPart Whole => default;

    /// <summary>Whether it is the whole batch.</summary>
    public bool IsWhole => _length == 0;

    /// <summary>This part of a tensor whose first dimension is the batch.</summary>
    /// <param name="tensor"><c>[B, …]</c></param>
    /// <param name="name">How the tensor is called in an error.</param>
    /// <returns><c>[b, …]</c>, a fresh handle that the caller owns; <see langword="null"/> for none.</returns>
    /// <exception cref="ArgumentException">The first dimension is not the batch.</exception>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(tensor))]
    public torch.Tensor? Of(torch.Tensor? tensor, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        if (tensor is null)
        {
            return null;
        }

        if (IsWhole)
        {
            return tensor.alias();
        }

        var batch = 2 * _length;
        return tensor.dim() > 0 && tensor.size(0) == batch
            ? tensor.narrow(0, _start, _length)
            : throw new ArgumentException(
                $"{name} is marked [PerSample] and is [{string.Join(", ", tensor.shape)}]: its first dimension has to be the batch of {batch}", nameof(tensor));
    }
}
