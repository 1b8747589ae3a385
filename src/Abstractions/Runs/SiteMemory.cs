using TorchSharp;

namespace DiTFastAttn.Runs;

/// <summary>What one run keeps of one site. The tensors stand outside every dispose scope and belong to this object.</summary>
internal sealed class SiteMemory : IDisposable
{
    private readonly RunMemory _total;
    private torch.Tensor? _residual;
    private bool _residualIsShared;
    private torch.Tensor? _output;

    public SiteMemory(RunMemory total)
    {
        _total = total;
        Own = new OwnMemory(total);
    }

    /// <summary>State of strategies' own.</summary>
    public OwnMemory Own { get; }

    public void StoreResidual(torch.Tensor residual, bool conditionalHalfOnly)
    {
        Replace(ref _residual, residual.DetachFromDisposeScope());
        _residualIsShared = conditionalHalfOnly;
    }

    /// <summary>Keeps a handle of its own on an output that the caller goes on using.</summary>
    public void StoreOutput(torch.Tensor output) => Replace(ref _output, output.alias().DetachFromDisposeScope());

    /// <summary>Takes handles of its own on everything that another one holds.</summary>
    public void CopyFrom(SiteMemory other)
    {
        Replace(ref _residual, other._residual?.alias().DetachFromDisposeScope());
        _residualIsShared = other._residualIsShared;
        Replace(ref _output, other._output?.alias().DetachFromDisposeScope());
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
        return _residualIsShared ? residual.alias() : Part(residual, guidance, conditionalHalfOnly, batch);
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

    private void Replace(ref torch.Tensor? slot, torch.Tensor? value)
    {
        if (slot is not null)
        {
            _total.Add(-Bytes(slot));
            slot.Dispose();
        }

        slot = value;
        if (value is not null)
        {
            _total.Add(Bytes(value));
        }
    }

    /// <summary>The half whose state is read is the half that is computed.</summary>
    private static torch.Tensor Part(torch.Tensor whole, Guidance guidance, bool conditionalHalfOnly, long batch)
        => conditionalHalfOnly ? whole.narrow(0, guidance == Guidance.ConditionalLast ? batch : 0, batch) : whole.alias();

    private static long Bytes(torch.Tensor tensor) => tensor.numel() * tensor.element_size();
}
