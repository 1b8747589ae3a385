using TorchSharp;

namespace DiTFastAttn.Runs;

/// <summary>What one run keeps of strategies' own state at one site. The tensors stand outside every dispose scope and belong to this object.</summary>
internal sealed class OwnMemory(RunMemory total) : IDisposable
{
    // Most sites have none.
    private Dictionary<OwnState, Entry>? _entries;

    public bool Has(OwnState state) => _entries?.ContainsKey(state) == true;

    public void Store(OwnState state, torch.Tensor value, bool conditionalHalfOnly, int step)
    {
        Free(state);
        (_entries ??= []).Add(state, new Entry(value.DetachFromDisposeScope(), conditionalHalfOnly, step));
        total.Add(Bytes(value));
    }

    /// <summary>Takes handles of its own on everything that another one holds.</summary>
    public void CopyFrom(OwnMemory other)
    {
        foreach (var (state, entry) in other._entries ?? [])
        {
            Store(state, entry.Value.alias(), entry.IsShared, entry.Step);
        }
    }

    /// <summary>A fresh handle on the part that is asked for, and the step that left it; <see langword="null"/> where there is none.</summary>
    public (torch.Tensor Value, int Step)? Read(OwnState state, Guidance guidance, bool conditionalHalfOnly, long batch)
    {
        if (_entries is null || !_entries.TryGetValue(state, out var entry))
        {
            return null;
        }

        var part = (entry.IsShared, conditionalHalfOnly) switch
        {
            (true, false) => torch.cat([entry.Value, entry.Value], 0), // [B/2, …] -> [B, …]
            (false, true) => entry.Value.narrow(0, guidance == Guidance.ConditionalLast ? batch : 0, batch),
            _ => entry.Value.alias(),
        };
        return (part, entry.Step);
    }

    public void Free(OwnState state)
    {
        if (_entries is not null && _entries.Remove(state, out var entry))
        {
            total.Add(-Bytes(entry.Value));
            entry.Value.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var state in _entries?.Keys.ToArray() ?? [])
        {
            Free(state);
        }
    }

    private static long Bytes(torch.Tensor tensor) => tensor.numel() * tensor.element_size();

    /// <summary>One state.</summary>
    /// <param name="Value">The tensor.</param>
    /// <param name="IsShared">Whether it is of the conditional half and counts for both.</param>
    /// <param name="Step">The step that left it.</param>
    private readonly record struct Entry(torch.Tensor Value, bool IsShared, int Step);
}
