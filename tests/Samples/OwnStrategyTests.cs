using System.Globalization;
using System.Text.RegularExpressions;

namespace DiTFastAttn.Samples.Tests;

/// <summary>Δ-caching beats plain caching at the same cost, and the search finds a use for it.</summary>
public sealed partial class OwnStrategyTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public async Task It_runs_and_its_strategy_is_measured_chosen_and_searched()
    {
        var (status, output, errors) = await SampleProgram.Run("OwnStrategy.dll");

        status.ShouldBe(0, errors);
        errors.ShouldBeEmpty();
        var lines = output.TrimEnd('\n').Split('\n');
        Readme.Lines("OwnStrategy").Count().ShouldBe(lines.Length);
        Readme.Lines("OwnStrategy").Take(5).Select(line => line.Split(':')[0]).ShouldBe(lines.Take(5).Select(line => line.Split(':')[0]));
        lines[0].ShouldBe("strategies: full, wa, wars, ast, asc, delta");
        var rows = lines.Select(line => Row().Match(line)).Where(row => row.Success)
            .ToDictionary(row => row.Groups["name"].Value, row => (Percent: Number(row, "percent"), Decibels: Number(row, "decibels")), StringComparer.Ordinal);
        rows.Keys.ShouldBe(["ast, full every 2 steps", "ast, full every 3 steps", "delta, full every 2 steps", "delta, full every 3 steps", "searched"]);
        foreach (var period in (int[])[2, 3])
        {
            var (ast, delta) = (rows[$"ast, full every {period} steps"], rows[$"delta, full every {period} steps"]);
            delta.Percent.ShouldBe(ast.Percent);
            delta.Decibels.ShouldBeGreaterThan(ast.Decibels + 2);
        }

        // Five of ten steps in full, and four of ten: what a delta step costs is nothing.
        rows["delta, full every 2 steps"].Percent.ShouldBe(50);
        rows["delta, full every 3 steps"].Percent.ShouldBe(40);
        lines.ShouldContain(line => line.StartsWith("cheapest of 25 dB: ", StringComparison.Ordinal));
        rows["searched"].Percent.ShouldBeInRange(10, 95);

        var sites = lines.Where(line => line.StartsWith("  blocks.", StringComparison.Ordinal)).Select(line => line.Split(": ")[1].Split(' ')).ToList();
        sites.Count.ShouldBe(6);
        sites.ShouldAllBe(steps => steps.Length == 10 && steps[0] == "full");
        sites.SelectMany(steps => steps).ShouldContain("delta");
    }

    private static double Number(Match match, string group) => double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<name>.+): (?<percent>\d+) % of attention FLOPs, (?<decibels>[\d.]+) dB$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();
}
