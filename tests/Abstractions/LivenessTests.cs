using DiTFastAttn.Tests.Testing;

namespace DiTFastAttn.Tests;

/// <summary>What is kept, against the definition applied word by word to random plans.</summary>
public sealed class LivenessTests
{
    private static readonly string[] Ids = ["full", "residual", "output", "half", "residual+half"];

    [Fact]
    public void Kept_state_is_what_the_definition_says()
    {
        var random = new Random(7);
        var catalog = new TestCatalog();
        for (var round = 0; round < 300; round++)
        {
            IReadOnlyList<string>[] rows = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => (IReadOnlyList<string>)[Ids[random.Next(Ids.Length)]])];

            var kept = PlanLiveness.Kept(rows, catalog);

            kept.Select(row => row.Single()).ShouldBe(Enumerable.Range(0, rows.Length).Select(step => Needed([.. rows.Select(row => row[0])], step)));
        }
    }

    [Fact]
    public void Unknown_strategy_is_named()
        => Should.Throw<PlanMismatchException>(() => PlanLiveness.Kept([["fast"]], new TestCatalog())).Message.ShouldContain("'fast'");

    /// <summary>
    /// A residual is needed at step i iff step i is full or half and some residual step comes before the next full or half
    /// step. An output is needed at step i iff step i is not output and step i + 1 is output.
    /// </summary>
    private static SiteState Needed(string[] plan, int step)
    {
        bool Writes(string id) => id is "full" or "half";
        var untilNextWriter = plan.Skip(step + 1).TakeWhile(id => !Writes(id));
        var residual = Writes(plan[step]) && untilNextWriter.Any(id => id is "residual" or "residual+half");
        var output = plan[step] != "output" && step + 1 < plan.Length && plan[step + 1] == "output";
        return (residual ? SiteState.Residual : SiteState.None) | (output ? SiteState.Output : SiteState.None);
    }
}
