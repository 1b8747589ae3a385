namespace DiTFastAttn.Runs;

/// <summary>Counts the bytes of residuals and outputs that a run holds.</summary>
internal sealed class RunMemory
{
    public long Bytes { get; private set; }

    public long PeakBytes { get; private set; }

    public void Add(long bytes)
    {
        Bytes += bytes;
        PeakBytes = Math.Max(PeakBytes, Bytes);
    }
}
