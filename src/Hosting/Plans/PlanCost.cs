namespace DiTFastAttn.Hosting.Plans;

/// <summary>Cost of a whole plan against <c>full</c> everywhere, in multiply-accumulates of the sites it has columns for.</summary>
/// <param name="Total">Projections and attention of the plan.</param>
/// <param name="ResidualRefresh">What refreshing the residuals that later steps read costs more as second passes.</param>
/// <param name="AllFull">The same steps with <c>full</c> everywhere.</param>
public sealed record PlanCost(long Total, long ResidualRefresh, long AllFull)
{
    /// <summary>The part of the cost that is left, refreshes given away by the fused kernel.</summary>
    public double Fraction => (double)Total / AllFull;

    /// <summary>The part that is left where every refresh is a second pass.</summary>
    public double FractionWithRefresh => (double)(Total + ResidualRefresh) / AllFull;

    /// <summary>Sums a plan up.</summary>
    /// <param name="rows">Strategy ids, <c>[step][site]</c>.</param>
    /// <param name="catalog">The strategies.</param>
    /// <param name="shapeOf">The shape of a site by its index: whole batch, window resolved.</param>
    public static PlanCost Of(IReadOnlyList<IReadOnlyList<string>> rows, IProcessorCatalog catalog, Func<int, SiteShape> shapeOf)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(shapeOf);
        var kept = PlanLiveness.Kept(rows, catalog);
        var full = catalog.GetProcessor("full");
        long total = 0, refresh = 0, allFull = 0;
        for (var step = 0; step < rows.Count; step++)
        {
            for (var site = 0; site < rows[step].Count; site++)
            {
                var shape = shapeOf(site);
                var cost = catalog.GetProcessor(rows[step][site]).Cost(shape);
                total += cost.Total;
                refresh += (kept[step][site] & SiteState.Residual) != SiteState.None ? cost.ResidualRefresh : 0;
                allFull += full.Cost(shape).Total;
            }
        }

        return new PlanCost(total, refresh, allFull);
    }

    /// <summary>Sums a plan up whose sites all see the same tokens.</summary>
    /// <param name="plan">The plan; its fingerprint has to say heads and head width.</param>
    /// <param name="catalog">The strategies.</param>
    /// <param name="batch">Whole batch, both guidance halves.</param>
    /// <param name="tokens">L</param>
    /// <param name="layout">How they lie; a window over their grid needs it.</param>
    /// <exception cref="ArgumentException">The window is one over a grid and the layout has none, or not one of so many tokens.</exception>
    public static PlanCost Of(AttentionPlan plan, IProcessorCatalog catalog, long batch, long tokens, TokenLayout layout = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var window = plan.Window ?? AttentionWindow.Tokens(0);
        return Of(plan.Rows, catalog, site => ShapeOf(plan.Model.Sites[site], window, batch, tokens, layout));
    }

    /// <summary>Sums up the attention alone of a plan that has columns for other sub-layers too.</summary>
    /// <param name="plan">The plan; its fingerprint has to say heads and head width.</param>
    /// <param name="catalog">The strategies.</param>
    /// <param name="batch">Whole batch, both guidance halves.</param>
    /// <param name="tokens">L</param>
    /// <param name="layout">How they lie; a window over their grid needs it.</param>
    public static PlanCost OfAttention(AttentionPlan plan, IProcessorCatalog catalog, long batch, long tokens, TokenLayout layout = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        int[] columns = [.. Enumerable.Range(0, plan.Model.Sites.Count).Where(site => plan.Model.Sites[site].SubLayer == 0)];
        var attention = plan with
        {
            Model = plan.Model with { Sites = [.. columns.Select(site => plan.Model.Sites[site])] },
            Rows = [.. plan.Rows.Select(row => (IReadOnlyList<string>)[.. columns.Select(site => row[site])])],
        };
        return Of(attention, catalog, batch, tokens, layout);
    }

    /// <summary>The shape of a self-attention site, or of a sub-layer on the same tokens.</summary>
    internal static SiteShape ShapeOf(SiteFingerprint site, AttentionWindow window, long batch, long tokens, TokenLayout layout = default)
        => new(batch, tokens, site.Heads, site.HeadWidth, window.Axes == 1 ? window.Resolve(tokens) : 0)
        {
            WindowPairs = window.CountPairs(tokens, layout),
            SubLayerOfToken = site.SubLayer,
        };
}
