namespace DiTFastAttn.Hosting.Plans;

/// <summary>Memory of residuals and outputs that a run of a plan holds, known before the run.</summary>
/// <param name="PeakBytes">The most at a time: what <see cref="AttentionRun.PeakStateBytes"/> says after the run.</param>
/// <param name="KeepEverythingBytes">What the authors' code holds: residual and output of every site, always; a sub-layer has no residual.</param>
public sealed record PlanMemory(long PeakBytes, long KeepEverythingBytes)
{
    /// <summary>Follows a plan's state through its steps.</summary>
    /// <param name="plan">The plan; its fingerprint has to say heads and head width.</param>
    /// <param name="catalog">The strategies.</param>
    /// <param name="batch">Whole batch B, both guidance halves.</param>
    /// <param name="tokens">L</param>
    /// <param name="elementBytes">Bytes of an element: 4 for float32.</param>
    /// <exception cref="PlanMismatchException">A strategy is not known.</exception>
    public static PlanMemory Of(AttentionPlan plan, IProcessorCatalog catalog, long batch, long tokens, int elementBytes = 4)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Of(plan, catalog, site => new SiteShape(batch, tokens, plan.Model.Sites[site].Heads, plan.Model.Sites[site].HeadWidth, 0), elementBytes);
    }

    /// <summary>Follows a plan's state through its steps, where sites differ in batch and tokens.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="catalog">The strategies.</param>
    /// <param name="shapeOf">
    /// A site's shape by its index, whole batch; <see langword="null"/> for a site that is never compressed, which keeps nothing and does not count.
    /// </param>
    /// <param name="elementBytes">Bytes of an element: 4 for float32.</param>
    /// <exception cref="PlanMismatchException">A strategy is not known.</exception>
    public static PlanMemory Of(AttentionPlan plan, IProcessorCatalog catalog, Func<int, SiteShape?> shapeOf, int elementBytes = 4)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(shapeOf);
        long[] bytes = [.. Enumerable.Range(0, plan.Model.Sites.Count).Select(site => shapeOf(site) is { } shape ? shape.Batch * shape.Tokens * shape.Width * elementBytes : 0)];
        var kept = PlanLiveness.Kept(plan.Rows, catalog);
        var sites = plan.Model.Sites;
        var (residuals, outputs) = (new long[sites.Count], new long[sites.Count]);
        long held = 0, peak = 0;
        for (var step = 0; step < plan.Steps; step++)
        {
            for (var site = 0; site < sites.Count; site++)
            {
                // A residual [b, H, L, D] and an output [B, L, d] are as large as each other, but for the half that stands for both.
                var whole = bytes[site];
                var traits = catalog.GetProcessor(plan.Rows[step][site]).Traits;
                Write(SiteState.Residual, residuals, traits.NeedsGuidance ? whole / 2 : whole);
                Write(SiteState.Output, outputs, whole);
                FreeUnread(SiteState.Residual, residuals);
                FreeUnread(SiteState.Output, outputs);

                void Write(SiteState kind, long[] of, long bytes)
                {
                    if ((kept[step][site] & kind) != SiteState.None)
                    {
                        held += bytes - of[site];
                        of[site] = bytes;
                        peak = Math.Max(peak, held);
                    }
                }

                void FreeUnread(SiteState kind, long[] of)
                {
                    if (of[site] > 0 && !IsReadAfter(step, site, kind))
                    {
                        held -= of[site];
                        of[site] = 0;
                    }
                }
            }
        }

        return new PlanMemory(peak, bytes.Select((of, site) => sites[site].SubLayer > 0 ? of : 2 * of).Sum());

        bool IsReadAfter(int step, int site, SiteState kind)
        {
            for (var later = step + 1; later < plan.Steps; later++)
            {
                var traits = catalog.GetProcessor(plan.Rows[later][site]).Traits;
                if ((traits.Reads & kind) != SiteState.None)
                {
                    return true;
                }

                if ((traits.Writes & kind) != SiteState.None)
                {
                    return false;
                }
            }

            return false;
        }
    }
}
