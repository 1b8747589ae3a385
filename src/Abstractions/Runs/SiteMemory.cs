using TorchSharp;

namespace DiTFastAttn.Runs;

/// <summary>What one run keeps of one site. The tensors stand outside every dispose scope and belong to this object.</summary>
internal sealed class SiteMemory : IDisposable
{
    private readonly RunMemory _total;
    private readonly StateStorage _storage;
    private Kept? _residual;
    private bool _residualIsShared;
    private Kept? _output;

    public SiteMemory(RunMemory total, StateStorage storage)
    {
        (_total, _storage) = (total, storage);
        Own = new OwnMemory(total);
    }

    /// <summary>State of strategies' own.</summary>
    public OwnMemory Own { get; }

    public void StoreResidual(torch.Tensor residual, bool conditionalHalfOnly)
    {
        Replace(ref _residual, Keep(residual));
        _residualIsShared = conditionalHalfOnly;
    }

    /// <summary>Keeps a handle of its own on an output that the caller goes on using.</summary>
    public void StoreOutput(torch.Tensor output) => Replace(ref _output, Keep(output.alias()));

    /// <summary>Takes handles of its own on everything that another one holds.</summary>
    public void CopyFrom(SiteMemory other)
    {
        Replace(ref _residual, other._residual?.Again());
        _residualIsShared = other._residualIsShared;
        Replace(ref _output, other._output?.Again());
        Own.CopyFrom(other.Own);
    }

    /// <summary>The residual of the whole of what is computed, as a strategy reads it.</summary>
    public torch.Tensor ReadResidual(Guidance guidance, bool conditionalHalfOnly, long batch, string site)
    {
        var residual = BorrowResidual(guidance, conditionalHalfOnly, batch, site);
        if (residual.size(0) == batch)
        {
            return residual;
        }

        using (residual)
        {
            return torch.cat([residual, residual], 0); // [B/2, H, L, D] -> [B, H, L, D]
        }
    }

    /// <summary>The residual, or one half's where it stands for both: a fresh handle.</summary>
    public torch.Tensor BorrowResidual(Guidance guidance, bool conditionalHalfOnly, long batch, string site)
    {
        var residual = _residual ?? throw new InvalidOperationException(
            $"site '{site}' has no residual to read: its strategy reads SiteState.Residual without declaring it in Traits.Reads.");
        return _residualIsShared ? residual.Read(residual.Value.alias()) : Part(residual, guidance, conditionalHalfOnly, batch);
    }

    public torch.Tensor ReadOutput(Guidance guidance, bool conditionalHalfOnly, long batch, string site)
    {
        var output = _output ?? throw new InvalidOperationException(
            $"site '{site}' has no output to read: its strategy reads SiteState.Output without declaring it in Traits.Reads.");
        return Part(output, guidance, conditionalHalfOnly, batch);
    }

    public void Free(SiteState what)
    {
        if ((what & SiteState.Residual) != SiteState.None)
        {
            Replace(ref _residual, null);
        }

        if ((what & SiteState.Output) != SiteState.None)
        {
            Replace(ref _output, null);
        }
    }

    /// <summary>Whether everything is here that a strategy needs.</summary>
    public bool Serves(ProcessorTraits traits)
        => ((traits.Reads & SiteState.Residual) == SiteState.None || _residual is not null)
            && ((traits.Reads & SiteState.Output) == SiteState.None || _output is not null)
            && traits.OwnReads.All(state => traits.OwnWrites.Contains(state) || Own.Has(state));

    public void Dispose()
    {
        Free(SiteState.Residual | SiteState.Output);
        Own.Dispose();
    }

    /// <summary>Takes a tensor over, as the run's storage has it.</summary>
    private Kept Keep(torch.Tensor computed)
    {
        if (_storage.IsAsComputed)
        {
            return new Kept(computed.DetachFromDisposeScope(), computed.dtype, null);
        }

        using (computed)
        {
            return new Kept(_storage.Convert(computed).DetachFromDisposeScope(), computed.dtype, computed.device);
        }
    }

    private void Replace(ref Kept? slot, Kept? value)
    {
        if (slot is { } old)
        {
            _total.Add(-Bytes(old.Value));
            old.Value.Dispose();
        }

        slot = value;
        if (value is { } kept)
        {
            _total.Add(Bytes(kept.Value));
        }
    }

    /// <summary>The half whose state is read is the half that is computed.</summary>
    private static torch.Tensor Part(Kept whole, Guidance guidance, bool conditionalHalfOnly, long batch)
        => whole.Read(conditionalHalfOnly ? whole.Value.narrow(0, guidance == Guidance.ConditionalLast ? batch : 0, batch) : whole.Value.alias());

    private static long Bytes(torch.Tensor tensor) => tensor.numel() * tensor.element_size();

    /// <summary>A tensor as it is kept.</summary>
    /// <param name="Value">The tensor.</param>
    /// <param name="Dtype">The type in which it was computed.</param>
    /// <param name="Device">Where it was computed; <see langword="null"/> where it is kept as it was.</param>
    private readonly record struct Kept(torch.Tensor Value, torch.ScalarType Dtype, torch.Device? Device)
    {
        /// <summary>A handle of its own on the same elements.</summary>
        public Kept Again() => this with { Value = Value.alias().DetachFromDisposeScope() };

        /// <summary>A part of it as it was computed.</summary>
        /// <param name="part">A handle on the part, which is taken over.</param>
        public torch.Tensor Read(torch.Tensor part)
        {
            if (Device is null)
            {
                return part;
            }

            using (part)
            {
                return part.to(Dtype, Device);
            }
        }
    }
}
