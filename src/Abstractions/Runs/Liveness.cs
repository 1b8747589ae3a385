namespace DiTFastAttn.Runs;

/// <summary>
/// Finds for every step and site which state a later step still reads. Something is kept at step i iff step i writes it
/// and some step reads it before the next step that writes it; it is freed right after its last reader.
/// </summary>
internal static class Liveness
{
    private static readonly SiteState[] Kinds = [SiteState.Residual, SiteState.Output];

    public static PlannedRow[] Of(IAttentionProcessor[][] rows)
    {
        var planned = Array.ConvertAll(rows, PlannedRow.WithoutState);
        for (var site = 0; site < (rows.Length == 0 ? 0 : rows[0].Length); site++)
        {
            foreach (var kind in Kinds)
            {
                MarkSite(planned, site, kind);
            }
        }

        return planned;
    }

    /// <summary>The first step that reads what no earlier step wrote, or −1.</summary>
    public static (int Step, SiteState Kind) FirstReadWithoutWrite(IAttentionProcessor[][] rows, int site)
    {
        var written = SiteState.None;
        for (var step = 0; step < rows.Length; step++)
        {
            var traits = rows[step][site].Traits;
            var missing = traits.Reads & ~written;
            if (missing != SiteState.None)
            {
                return (step, missing);
            }

            written |= traits.Writes;
        }

        return (-1, SiteState.None);
    }

    private static void MarkSite(PlannedRow[] rows, int site, SiteState kind)
    {
        var readLater = false;
        for (var step = rows.Length - 1; step >= 0; step--)
        {
            var traits = rows[step].Processors[site].Traits;
            if ((traits.Writes & kind) != SiteState.None)
            {
                rows[step].Keeps[site] |= readLater ? kind : SiteState.None;
                readLater = false;
            }

            // A step that reads and writes (none of ours) reads the old value: its write ends the older one's life by replacing it.
            if ((traits.Reads & kind) != SiteState.None)
            {
                rows[step].Frees[site] |= readLater || (rows[step].Keeps[site] & kind) != SiteState.None ? SiteState.None : kind;
                readLater = true;
            }
        }
    }
}
