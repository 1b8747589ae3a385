using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Processors;

namespace DiTFastAttn.Hosting.Tests;

public sealed class PlanCostTests
{
    private static readonly ProcessorCatalog Catalog = new();

    [Fact]
    public void One_attention_of_DiT_XL_at_256_tokens_is_the_known_constant()
        => Catalog.GetProcessor("full").Cost(new SiteShape(1, 256, 16, 72, 32)).Total.ShouldBe(1_509_949_440);

    // SEMANTICS.md, "Attention FLOPs (Table 2)", d = 1152, w = L/8.
    [Theory]
    [InlineData(1024, "asc", 50.0)]
    [InlineData(1024, "wars", 76.5)]
    [InlineData(1024, "wars+asc", 38.3)]
    [InlineData(4096, "wars", 51.0)]
    [InlineData(4096, "wars+asc", 25.5)]
    [InlineData(16384, "wars", 32.9)]
    [InlineData(16384, "wars+asc", 16.5)]
    [InlineData(16384, "ast", 0)]
    public void Strategies_cost_what_Table_2_says(long tokens, string id, double percent)
    {
        var shape = new SiteShape(2, tokens, 16, 72, tokens / 8);

        var share = 100.0 * Catalog.GetProcessor(id).Cost(shape).Total / Catalog.GetProcessor("full").Cost(shape).Total;

        share.ShouldBe(percent, 0.1);
    }

    [Fact]
    public void A_refresh_counts_only_where_a_later_step_reads_it()
    {
        var shape = new SiteShape(2, 64, 2, 8, 8);
        string[][] rows = [["full"], ["wars"], ["full"], ["asc"], ["wars"]];

        var cost = PlanCost.Of(rows, Catalog, _ => shape);

        cost.ResidualRefresh.ShouldBe(shape.WindowAttention + (shape.WindowAttention / 2), "step 0 whole, step 3 one half, step 2 nothing");
        cost.AllFull.ShouldBe(5 * Catalog.GetProcessor("full").Cost(shape).Total);
        cost.FractionWithRefresh.ShouldBeGreaterThan(cost.Fraction);
    }

    [Theory]
    [InlineData(10, 0, 10)]
    [InlineData(10, 9, 100)]
    [InlineData(10, 20, 100)]
    [InlineData(10, 2, 44)]
    public void Kept_pairs_are_those_of_the_band_with_trimmed_edges(long tokens, long window, long pairs)
    {
        var counted = 0;
        for (var i = 0; i < tokens; i++)
        {
            for (var j = 0; j < tokens; j++)
            {
                counted += Math.Abs(i - j) <= window ? 1 : 0;
            }
        }

        new SiteShape(1, tokens, 1, 1, window).WindowPairs.ShouldBe(pairs);
        counted.ShouldBe((int)pairs);
    }
}
