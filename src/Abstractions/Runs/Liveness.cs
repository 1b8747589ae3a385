namespace DiTFastAttn.Runs;

/// <summary>
/// Finds for every step and site which state a later step still reads. Something is kept at step i iff step i writes it
/// and some step reads it before the next step that writes it; it is freed right after its last reader. A strategy's own
/// state is kept over later writes too, which may look at it.
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

            foreach (var state in rows.SelectMany(row => row[site].Traits.OwnReads).Distinct())
            {
                MarkSite(planned, site, state);
            }
        }

        return planned;
    }

    /// <summary>The first step that reads what no earlier step wrote, or −1; and what it reads, in words.</summary>
    public static (int Step, string What) FirstReadWithoutWrite(IAttentionProcessor[][] rows, int site)
    {
        var written = SiteState.None;
        var ownWritten = new HashSet<OwnState>();
        for (var step = 0; step < rows.Length; step++)
        {
            var traits = rows[step][site].Traits;
            var missing = traits.Reads & ~written;
            if (missing != SiteState.None)
            {
                return (step, missing.ToString());
            }

            ownWritten.UnionWith(traits.OwnWrites);
            if (traits.OwnReads.FirstOrDefault(state => !ownWritten.Contains(state)) is { } own)
            {
                return (step, $"'{own.Name}'");
            }

            written |= traits.Writes;
        }

        return (-1, "");
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

    private static void MarkSite(PlannedRow[] rows, int site, OwnState state)
    {
        var readLater = false;
        for (var step = rows.Length - 1; step >= 0; step--)
        {
            var traits = rows[step].Processors[site].Traits;
            var (reads, writes) = (traits.OwnReads.Contains(state), traits.OwnWrites.Contains(state));
            if (writes && readLater)
            {
                rows[step].OwnKeeps[site] = [.. rows[step].OwnKeeps[site], state];
            }

            if (reads && !readLater)
            {
                rows[step].OwnFrees[site] = [.. rows[step].OwnFrees[site], state];
                readLater = true;
            }
        }
    }
}
