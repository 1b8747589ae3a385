using DiTFastAttn.Hosting.Plans;

namespace DiTFastAttn.Hosting.Search;

/// <summary>What a strategy at a site costs, in any whole unit: what a budget is counted in.</summary>
public sealed class PlanPrices
{
    private readonly Func<int, string, long> _price;
    private readonly long _fullStep;

    /// <summary>Prices of a model's sites.</summary>
    /// <param name="model">The attached model.</param>
    /// <param name="price">The price of a strategy at a site, by the site's index and the strategy's id.</param>
    public PlanPrices(AttachedModel model, Func<int, string, long> price)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(price);
        var known = new Dictionary<(int, string), long>();
        _price = (site, id) =>
        {
            if (!known.TryGetValue((site, id), out var value))
            {
                known.Add((site, id), value = price(site, id));
            }

            return value;
        };
        _fullStep = Enumerable.Range(0, model.Sites.Count).Sum(site => _price(site, "full"));
    }

    /// <summary>Multiply-accumulates of attention among the tokens, and of other sub-layers, by what each strategy declares; cross-attention, whose keys are a text, is free.</summary>
    /// <param name="model">The attached model.</param>
    /// <param name="tokens">L</param>
    /// <param name="window">The window of the plans; <see langword="null"/> for the model's.</param>
    public static PlanPrices MultiplyAccumulates(AttachedModel model, long tokens, AttentionWindow? window = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new PlanPrices(model, (site, id) =>
        {
            if (model.Sites[site].Kind == SiteKind.CrossAttention)
            {
                return 0;
            }

            var shape = PlanCost.ShapeOf(model.Fingerprint.Sites[site], window ?? model.Window, batch: 2, tokens);
            return model.Processors.GetProcessor(id).Cost(shape).Total;
        });
    }

    /// <summary>The price of a strategy at a site of one step.</summary>
    /// <param name="site">Index of the site.</param>
    /// <param name="strategy">Its id.</param>
    public long Of(int site, string strategy) => _price(site, strategy);

    /// <summary>The price of a step.</summary>
    /// <param name="row">A strategy's id for every site.</param>
    public long Of(IReadOnlyList<string> row)
    {
        ArgumentNullException.ThrowIfNull(row);
        long sum = 0;
        for (var site = 0; site < row.Count; site++)
        {
            sum += _price(site, row[site]);
        }

        return sum;
    }

    /// <summary>The price of a plan.</summary>
    /// <param name="plan">The plan.</param>
    public long Of(AttentionPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Rows.Sum(Of);
    }

    /// <summary>The price of <c>full</c> everywhere.</summary>
    /// <param name="steps">Denoising steps T.</param>
    public long OfFull(int steps) => steps * _fullStep;
}
