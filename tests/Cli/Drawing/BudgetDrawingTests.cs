using System.Text.Json;
using DiTFastAttn.Cli.Bench;
using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Drawing;

public sealed class BudgetDrawingTests
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [Fact]
    public void The_documentations_picture_is_that_of_the_recorded_bench()
    {
        var docs = Path.Combine(Ditfast.Root, "docs");
        var report = JsonSerializer.Deserialize<SearchReport>(File.ReadAllText(Path.Combine(docs, "plan-search.json")), Options)!;
        report.Budgets.Count.ShouldBe(10);
        var svg = BudgetDrawing.Svg(report.Budgets);
        var file = Path.Combine(docs, "plan-search.svg");
        if (Environment.GetEnvironmentVariable("DITFAST_ACCEPT") == "1")
        {
            File.WriteAllText(file, svg);
        }

        File.ReadAllText(file).ShouldBe(svg, "run with DITFAST_ACCEPT=1 where the drawing was meant to change");
    }

    [Fact]
    public void Few_plans_and_plans_without_an_error_can_be_drawn()
    {
        using var folder = new TemporaryFolder();
        BudgetRow[] rows = [new(50, 49, null, null, 20, 50, null, double.PositiveInfinity, 3, 4, "rows")];

        BudgetDrawing.Write(rows, folder["out"]);

        File.ReadAllText(folder["out/search.svg"]).ShouldContain("best periodic plan");
        new FileInfo(folder["out/search.png"]).Length.ShouldBeGreaterThan(1000);
        BudgetDrawing.Svg([]).ShouldNotContain("NaN");
    }
}
