using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// How a run keeps residuals and outputs between steps: as they were computed, in half the bytes, in the host's memory. They are converted back where a
/// strategy reads them. State of strategies' own stays as it is.
/// </summary>
public sealed record StateStorage
{
    private readonly torch.ScalarType? _dtype;

    /// <summary>As they were computed, where they were computed.</summary>
    public static StateStorage AsComputed { get; } = new();

    /// <summary>
    /// The element type in which they are kept, or <see langword="null"/> for that of the computation. float16 rounds to 11 bits and holds values up to 65504,
    /// bfloat16 to 8 bits and holds any.
    /// </summary>
    /// <exception cref="ArgumentException">It is none of float32, float16 and bfloat16.</exception>
    public torch.ScalarType? Dtype
    {
        get => _dtype;
        init => _dtype = value is null or torch.ScalarType.Float32 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16
            ? value
            : throw new ArgumentException($"state is kept as float32, float16 or bfloat16, not as {value}.", nameof(value));
    }

    /// <summary>Whether they lie in the host's memory, which a model on a GPU reads them back from.</summary>
    public bool OnHost { get; init; }

    /// <summary>Bytes of an element.</summary>
    /// <param name="computed">Bytes of an element of the computation's type: 4 for float32.</param>
    public int ElementBytes(int computed) => Dtype switch
    {
        null => computed,
        torch.ScalarType.Float32 => 4,
        _ => 2,
    };

    /// <summary>Whether nothing is converted.</summary>
    internal bool IsAsComputed => Dtype is null && !OnHost;

    /// <summary>A tensor as it is kept: a fresh handle, on the same elements where it is of that kind already.</summary>
    internal torch.Tensor Convert(torch.Tensor computed) => computed.to(Dtype ?? computed.dtype, OnHost ? torch.CPU : computed.device);
}
