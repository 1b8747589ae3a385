using System.Collections;
using TorchSharp.Binding;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>
/// A CPU tensor's elements by index, in row-major order whatever the strides. Reads and writes go to the tensor's own storage;
/// of a tensor that was not on the CPU it holds a copy, which it owns.
/// </summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly Tensor tensor;
    private readonly bool owned;
    private readonly long[] shape;
    private readonly long[] strides;
    private readonly bool contiguous;
    private readonly T* start;

    internal TensorAccessor(Tensor tensor, bool owned)
    {
        (this.tensor, this.owned) = (tensor, owned);
        (shape, strides, contiguous, Count) = (tensor.shape, tensor.stride(), tensor.is_contiguous(), tensor.NumberOfElements);
        IntPtr data;
        Native.Check(Native.dtf_tensor_data(tensor.Handle, &data));
        start = (T*)data;
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    /// <summary>One index counts in row-major order; as many indices as the tensor has dimensions name an element.</summary>
    public T this[params long[] indices]
    {
        get => *At(indices);
        set => *At(indices) = value;
    }

    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right) => left.Equals(right);

    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !left.Equals(right);

    public T[] ToArray()
    {
        var result = new T[Count];
        CopyTo(result.AsSpan());
        return result;
    }

    /// <summary>An array of the tensor's rank; of a 0-dimensional tensor one of a single element.</summary>
    public Array ToNDArray()
    {
        if (shape.Length < 2) return ToArray();
        var result = Array.CreateInstance(typeof(T), shape);
        fixed (byte* target = &System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(result))
        {
            for (long i = 0; i < Count; i++) ((T*)target)[i] = *AtOrdinal(i);
        }
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies from element <paramref name="tensorIndex"/> on, until the tensor or the span ends.</summary>
    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var target = array[arrayIndex..];
        var count = (int)Math.Min(target.Length, Count - tensorIndex);
        if (contiguous) new ReadOnlySpan<T>(Live + tensorIndex, count).CopyTo(target);
        else
            for (var i = 0; i < count; i++) target[i] = *AtOrdinal(tensorIndex + i);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Writes from element <paramref name="tensorIndex"/> on, until the tensor or the span ends.</summary>
    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var source = array[arrayIndex..];
        var count = (int)Math.Min(source.Length, Count - tensorIndex);
        if (contiguous) source[..count].CopyTo(new Span<T>(Live + tensorIndex, count));
        else
            for (var i = 0; i < count; i++) *AtOrdinal(tensorIndex + i) = source[i];
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override bool Equals(object? obj) => obj is TensorAccessor<T> other && Count == other.Count && this.SequenceEqual(other);

    public override int GetHashCode() => tensor.GetHashCode();

    public void Dispose()
    {
        if (owned) tensor.Dispose();
    }

    // The pointer is only good while the tensor is: Handle throws when it was disposed.
    private T* Live => tensor.Handle != IntPtr.Zero ? start : null;

    private T* At(long[] indices)
    {
        if (indices.Length == 1) return AtOrdinal(indices[0]);
        if (indices.Length != shape.Length)
            throw new ArgumentException($"{indices.Length} indices for a tensor of {shape.Length} dimensions", nameof(indices));
        long offset = 0;
        for (var i = 0; i < shape.Length; i++)
        {
            if ((ulong)indices[i] >= (ulong)shape[i]) throw new IndexOutOfRangeException($"{indices[i]} >= {shape[i]} in dimension {i}.");
            offset += indices[i] * strides[i];
        }
        return Live + offset;
    }

    private T* AtOrdinal(long ordinal)
    {
        if ((ulong)ordinal >= (ulong)Count) throw new IndexOutOfRangeException($"{ordinal} in a tensor of {Count} elements");
        if (contiguous) return Live + ordinal;
        long offset = 0;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            offset += ordinal % shape[i] * strides[i];
            ordinal /= shape[i];
        }
        return Live + offset;
    }
}
