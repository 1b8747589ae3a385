using System.Globalization;
using System.Text;
using Spectre.Console;

namespace DiTFastAttn.Cli.Drawing;

/// <summary>Draws a plan as text: steps across, sites down, a letter and a colour a strategy.</summary>
internal static class PlanText
{
    /// <summary>Writes the drawing to stdout.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="terminal">Where to.</param>
    public static void Write(AttentionPlan plan, Terminal terminal)
    {
        var strategies = StrategyPalette.Of(plan).ToDictionary(strategy => strategy.Id, StringComparer.Ordinal);
        var left = Math.Max(4, plan.Model.Sites.Max(site => site.Name.Length));
        terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{plan.Model.Name}: {plan.Steps} steps, {plan.Model.Sites.Count} sites, {(plan.Window is { } window ? $"window {window}" : "no window")}, {plan.Guidance switch { Guidance.None => "no guidance", Guidance.ConditionalFirst => "conditional half first", _ => "conditional half last" }}, made by {plan.Origin.Method}"));
        terminal.Line($"{"step".PadLeft(left)}  {Ruler(plan.Steps)}");
        for (var site = 0; site < plan.Model.Sites.Count; site++)
        {
            var line = new StringBuilder(Markup.Escape(plan.Model.Sites[site].Name.PadLeft(left))).Append("  ");
            foreach (var row in plan.Rows)
            {
                line.Append(Cell(strategies[row[site]]));
            }

            terminal.Out.MarkupLine(line.ToString());
        }

        terminal.Out.MarkupLine(new string(' ', left) + "  " + string.Join("  ", strategies.Values.Select(strategy => string.Create(
            CultureInfo.InvariantCulture, $"{Cell(strategy)} {Markup.Escape(strategy.Id)} {100 * strategy.Share:0.#} %"))));
    }

    private static string Cell(PlannedStrategy strategy) => $"[black on {strategy.Colour}]{strategy.Letter}[/]";

    /// <summary>A mark every fifth step: 0    5    10   15 …</summary>
    private static string Ruler(int steps)
    {
        var ruler = new StringBuilder();
        for (var step = 0; step < steps; step += 5)
        {
            ruler.Append(step.ToString(CultureInfo.InvariantCulture).PadRight(5));
        }

        return ruler.ToString().TrimEnd();
    }
}
