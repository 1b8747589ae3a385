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
        terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{plan.Model.Name}: {plan.Steps} steps, {plan.Model.Sites.Count} sites, {(plan.Window is { } window ? $"window {window}" : "no window")}, {plan.Guidance switch { Guidance.None => "no guidance", Guidance.ConditionalFirst => "conditional half first", _ => "conditional half last" }}, made by {plan.Origin.Method}"));
        foreach (var line in Lines(plan))
        {
            terminal.Out.MarkupLine(line);
        }
    }

    /// <summary>The picture as lines of markup: a ruler, a line for each site, the legend.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="mostSites">Sites that there is room for; what more there are is left out from the end.</param>
    /// <param name="mostSteps">Steps that there is room for; what more there are is left out from the beginning.</param>
    public static IEnumerable<string> Lines(AttentionPlan plan, int mostSites = int.MaxValue, int mostSteps = int.MaxValue)
    {
        var strategies = StrategyPalette.Of(plan).ToDictionary(strategy => strategy.Id, StringComparer.Ordinal);
        var left = Left(plan);
        var first = Math.Max(0, plan.Steps - mostSteps);
        yield return $"{"step".PadLeft(left)}  {Ruler(first, plan.Steps)}";
        for (var site = 0; site < Math.Min(mostSites, plan.Model.Sites.Count); site++)
        {
            var line = new StringBuilder(Markup.Escape(plan.Model.Sites[site].Name.PadLeft(left))).Append("  ");
            foreach (var row in plan.Rows.Skip(first))
            {
                line.Append(Cell(strategies[row[site]]));
            }

            yield return line.ToString();
        }

        yield return new string(' ', left) + "  " + string.Join("  ", strategies.Values.Select(strategy => string.Create(
            CultureInfo.InvariantCulture, $"{Cell(strategy)} {Markup.Escape(strategy.Id)} {100 * strategy.Share:0.#} %")));
    }

    /// <summary>Characters before the first step.</summary>
    /// <param name="plan">The plan.</param>
    public static int Left(AttentionPlan plan) => Math.Max(4, plan.Model.Sites.Max(site => site.Name.Length));

    /// <summary>A step's letters.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="step">Which step.</param>
    public static string Letters(AttentionPlan plan, int step)
    {
        var letters = StrategyPalette.Of(plan).ToDictionary(strategy => strategy.Id, strategy => strategy.Letter, StringComparer.Ordinal);
        return string.Concat(plan.Rows[step].Select(id => letters[id]));
    }

    private static string Cell(PlannedStrategy strategy) => $"[black on {strategy.Colour}]{strategy.Letter}[/]";

    /// <summary>A mark every fifth step: 0    5    10   15 …</summary>
    private static string Ruler(int first, int steps)
    {
        var ruler = new StringBuilder();
        for (var step = first; step < steps; step++)
        {
            if (step % 5 == 0 || ruler.Length < step - first + 1)
            {
                ruler.Append(step % 5 == 0 ? step.ToString(CultureInfo.InvariantCulture).PadRight(5) : " ");
            }
        }

        return ruler.ToString().TrimEnd();
    }
}
