using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// A key mask as lists of the keys that take part: keys that do not are left out when a head is packed, and cost nothing.
/// </summary>
internal sealed unsafe class TakenKeys
{
    private readonly int[] _memory;

    /// <summary>Reads a mask.</summary>
    /// <param name="mask">[B, Lk], nonzero where a key takes part.</param>
    /// <param name="batch">B</param>
    /// <param name="keys">Lk</param>
    public TakenKeys(torch.Tensor mask, int batch, int keys)
    {
        using var taken = mask.to(torch.ScalarType.Bool);
        using var rows = taken.contiguous();
        var flags = MemoryMarshal.Cast<byte, bool>(rows.bytes);
        _memory = GC.AllocateUninitializedArray<int>(checked(batch * ((2 * keys) + 1)), pinned: true);
        var lists = _memory.AsSpan(0, batch * keys);
        var before = _memory.AsSpan(batch * keys);
        for (var sample = 0; sample < batch; sample++)
        {
            var count = 0;
            for (var key = 0; key < keys; key++)
            {
                before[(sample * (keys + 1)) + key] = count;
                if (flags[(sample * keys) + key])
                {
                    lists[(sample * keys) + count++] = key;
                }
            }

            before[(sample * (keys + 1)) + keys] = count;
        }

        Lists = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
        Before = Lists + (batch * keys);
    }

    /// <summary>See <see cref="AttentionProblem.TakenKeys"/>; valid as long as this object lives.</summary>
    public int* Lists { get; }

    /// <summary>See <see cref="AttentionProblem.TakenBefore"/>.</summary>
    public int* Before { get; }
}
