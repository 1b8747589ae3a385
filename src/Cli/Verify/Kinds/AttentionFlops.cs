using System.Text.Json;
using System.Text.Json.Nodes;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Processors;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>fastattn.flops</c>: multiply-accumulates of every strategy at many shapes, and of a whole plan.</summary>
internal sealed class AttentionFlops : ICaseKind
{
    private static readonly ProcessorCatalog Catalog = new();

    /// <inheritdoc/>
    public string Name => "fastattn.flops";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var recorded = file.Root.Member("out");
        var strategies = file.Call.Texts("strategies");
        answer.Out["rows"] = new JsonArray([.. recorded.Items("rows").Select(row => Row(row, strategies))]);

        var plan = recorded.Member("plan");
        var rows = plan.Items("plan").Select(row => (IReadOnlyList<string>)[.. row.EnumerateArray().Select(id => id.GetString()!)]).ToList();
        var cost = PlanCost.Of(rows, Catalog, _ => Shape(plan));
        answer.Out["plan"] = new JsonObject
        {
            ["total"] = cost.Total,
            ["residual_refresh"] = cost.ResidualRefresh,
            ["all_full"] = cost.AllFull,
            ["fraction"] = cost.Fraction,
            ["fraction_with_refresh"] = cost.FractionWithRefresh,
        };
    }

    private static JsonObject Row(JsonElement row, string[] strategies)
    {
        var shape = Shape(row);
        var full = Catalog.GetProcessor("full").Cost(shape);
        var (macs, refresh, fraction) = (new JsonObject(), new JsonObject(), new JsonObject());
        foreach (var id in strategies)
        {
            var processor = Catalog.GetProcessor(id);
            AttentionCost? cost = processor.Traits.NeedsGuidance && !row.Flag("cfg") ? null : processor.Cost(shape);
            macs[id] = cost is { } c ? new JsonObject { ["projections"] = c.Projections, ["attention"] = c.Attention, ["total"] = c.Total } : null;
            fraction[id] = (double?)cost?.Total / full.Total;
            if ((processor.Traits.Writes & SiteState.Residual) != SiteState.None)
            {
                refresh[id] = cost?.ResidualRefresh;
            }
        }

        return new JsonObject
        {
            ["kept_pairs"] = shape.WindowPairs,
            ["macs"] = macs,
            ["residual_refresh_extra"] = refresh,
            ["fraction_of_full"] = fraction,
        };
    }

    private static SiteShape Shape(JsonElement row)
        => new(row.Int("batch"), row.Int("tokens"), row.Int("heads"), row.Int("d") / row.Int("heads"), row.Int("window"));
}
